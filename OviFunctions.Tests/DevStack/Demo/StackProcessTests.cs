using System.Diagnostics;
using OviFunctions.DevStack.Installation;
using OviFunctions.DevStack.Processes;
using OviFunctions.Tests.DevStack.Support;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.DevStack.Demo;

/// <summary>The program as a process of its own, ended from outside.</summary>
[Collection(ProgramGroup.Name)]
public sealed class StackProcessTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    // As with somebody whose way out is a proxy, of which nobody said that it is not for loopback, and who sells for real: the
    // stack's gateway uses neither the proxy nor his accounts.
    private static readonly Dictionary<string, string?> SomebodysEnvironment = new()
    {
        ["Storage__AccountUrl"] = "https://real.blob.core.windows.net",
        ["Providers__2__Name"] = "real",
        ["http_proxy"] = "http://127.0.0.1:9",
        ["https_proxy"] = "http://127.0.0.1:9",
        ["no_proxy"] = null,
        ["NO_PROXY"] = null,
    };

    [FactWith("sh")]
    public Task Sigterm_EndsEverythingWithCode0() => EndsEverythingAsync("-TERM");

    [FactWith("sh")]
    public Task Sigint_EndsEverythingWithCode0() => EndsEverythingAsync("-INT");

    [Fact]
    public async Task Sigkill_EndsTheChildren()
    {
        await using var stack = Start(Ports.Ephemeral(), "--peers-only");
        var children = await WaitUntilUpAsync(stack, atLeast: 2);

        await stack.KillAsync();

        using var limit = new CancellationTokenSource(Limit);
        while (children.Any(ProcessTree.IsAlive)) await Task.Delay(TimeSpan.FromMilliseconds(25), TimeProvider.System, limit.Token);
    }

    private static async Task EndsEverythingAsync(string signal)
    {
        var ports = Ports.Ephemeral();
        await using var stack = Start(ports);
        var children = await WaitUntilUpAsync(stack, atLeast: 3);

        using var kill = Process.Start("sh", ["-c", $"kill {signal} {stack.Id}"]);
        var code = await stack.WaitForExitAsync(CancellationToken.None).WaitAsync(Limit);

        Assert.Equal(0, code);
        Assert.DoesNotContain(children, ProcessTree.IsAlive);
        Ports.Usual(PortName.All.ToDictionary(name => name, name => ports[name])).EnsureFree(PortName.All);
        var job = stack.Output.Last().Single(line => line.StartsWith("  \"id\": \"job_", StringComparison.Ordinal)).Split('"')[3];
        File.Delete(Path.Combine(RepositoryFolders.Root, "out", job + ".mp4"));
    }

    private static ChildProcess Start(Ports ports, params string[] options)
    {
        var assembly = Path.Combine(AppContext.BaseDirectory, "OviFunctions.DevStack.dll");
        var spec = new ProcessSpec("Stack", "dotnet", [assembly, "--no-chain", .. options, .. ProgramRun.Options(ports)]) { Environment = SomebodysEnvironment };
        return ChildProcess.Start(spec, watchdog: null, TimeProvider.System);
    }

    /// <summary>The processes that the stack has started: the watchdog, Azurite, the gateway if there is one.</summary>
    private static async Task<IReadOnlyList<int>> WaitUntilUpAsync(ChildProcess stack, int atLeast)
    {
        await stack.WaitUntilReadyAsync(_ => Task.FromResult(stack.Output.Last().Contains("Ctrl-C ends it all.")), Limit, CancellationToken.None);
        var children = ProcessTree.DescendantsOf(stack.Id);
        Assert.True(!OperatingSystem.IsLinux() || children.Count >= atLeast, "Watchdog, Azurite and the gateway should be there.");
        return children;
    }
}
