using System.Diagnostics;
using OviFunctions.Bench.Stop;
using OviFunctions.DevStack.Processes;

namespace OviFunctions.Tests.Embedded.Hosting.Support;

/// <summary>The embedded host as a process of its own (<see cref="StopHost"/>), for what only a process can show.</summary>
internal sealed class HostProgram : IAsyncDisposable
{
    private const string Listening = "Listening on ";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly ChildProcess _process;

    private HostProgram(ChildProcess process) => _process = process;

    public int Id => _process.Id;

    public string Output => string.Join(Environment.NewLine, _process.Output.Last());

    /// <summary>A process that has just been started.</summary>
    public static HostProgram Begin(TestFolder folder, string life) => new(ChildProcess.Start(
        new ProcessSpec(
            "Host", Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet",
            [typeof(StopHost).Assembly.Location, "stop-host", folder.Path, life]),
        watchdog: null, TimeProvider.System));

    /// <summary>A client of the host, which takes requests.</summary>
    public async Task<HttpClient> ClientAsync()
    {
        await SaysAsync(Listening);
        var words = Output[(Output.IndexOf(Listening, StringComparison.Ordinal) + Listening.Length)..];
        return new HttpClient { BaseAddress = new Uri(words[..words.IndexOf(' ', StringComparison.Ordinal)]), Timeout = Patience };
    }

    public Task SaysAsync(string words) =>
        _process.WaitUntilReadyAsync(_ => Task.FromResult(Output.Contains(words, StringComparison.Ordinal)), Patience, default);

    public async Task TerminateAsync()
    {
        using var kill = Process.Start("sh", ["-c", $"kill -TERM {Id}"]);
        await kill.WaitForExitAsync();
    }

    public Task KillAsync() => _process.KillAsync();

    /// <summary>The exit code.</summary>
    public Task<int> EndAsync() => _process.WaitForExitAsync(default).WaitAsync(Patience);

    public ValueTask DisposeAsync() => _process.DisposeAsync();
}
