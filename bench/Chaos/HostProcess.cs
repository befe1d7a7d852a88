using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace OviFunctions.Bench.Chaos;

/// <summary>One start of the <see cref="ChaosHost"/>, from its parent's side.</summary>
internal sealed class HostProcess : IDisposable
{
    private readonly Process _process;
    private readonly Ledger _ledger;
    private readonly Wire _input;
    private readonly ConcurrentDictionary<string, TaskCompletionSource<string[]?>> _asked = new();
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<HostProcess> _successor = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _ended;
    private long _lastNumber;

    private HostProcess(Process process, Ledger ledger)
    {
        (_process, _ledger) = (process, ledger);
        _input = new Wire(process.StandardInput.BaseStream);
        Ended = ReadAsync();
    }

    /// <summary>The engine runs.</summary>
    public Task Ready => _ready.Task;

    /// <summary>The process is gone, and all that it wrote has been read.</summary>
    public Task Ended { get; }

    /// <summary>The next start, as soon as there is one.</summary>
    public Task<HostProcess> Successor => _successor.Task;

    public int Id => _process.Id;

    public int ExitCode => _process.ExitCode;

    public static HostProcess Start(string database, int generation, Ledger ledger)
    {
        var assembly = Path.Combine(AppContext.BaseDirectory, "OviFunctions.Bench.dll");
        var info = new ProcessStartInfo(
            Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet",
            [assembly, "chaos-host", database, generation.ToString(CultureInfo.InvariantCulture)])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        return new HostProcess(Process.Start(info)!, ledger);
    }

    /// <summary>Null: the process ended before it answered, so whether the request took effect is not known.</summary>
    public async Task<string[]?> AskAsync(params string[] request)
    {
        var number = Interlocked.Increment(ref _lastNumber).ToString(CultureInfo.InvariantCulture);
        var answer = _asked.GetOrAdd(number, _ => new(TaskCreationOptions.RunContinuationsAsynchronously));
        try
        {
            _input.Write([number, .. request]);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            answer.TrySetResult(null);
        }

        if (_ended) answer.TrySetResult(null);
        return await answer.Task;
    }

    /// <summary>SIGKILL, then all that the process had written.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await Ended;
    }

    /// <summary>Lets the engine stop in good order.</summary>
    public async Task StopAsync()
    {
        _process.StandardInput.Close();
        await Ended;
    }

    public void SucceedBy(HostProcess next) => _successor.SetResult(next);

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill();
        _input.Dispose();
        _process.Dispose();
    }

    private async Task ReadAsync()
    {
        while (await _process.StandardOutput.ReadLineAsync() is { } line)
        {
            switch (Wire.Read(line))
            {
                case [Wire.Ready]: _ready.TrySetResult(); break;
                case [Wire.Ran, var call, var result, var uses]: _ledger.Ran(call, result, JsonSerializer.Deserialize<string[]>(uses)!); break;
                case [Wire.Answer, var number, .. var answer] when _asked.TryGetValue(number, out var asked):
                    _ledger.Heard();
                    asked.TrySetResult(answer);
                    break;
            }
        }

        await _process.WaitForExitAsync();
        _ended = true;
        foreach (var asked in _asked.Values) asked.TrySetResult(null);
    }
}
