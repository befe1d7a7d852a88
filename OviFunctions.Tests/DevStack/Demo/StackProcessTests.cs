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

    [FactWith("sh")]
    public Task Sigterm_EndsEverythingWithCode0() => EndsEverythingAsync("-TERM");

    [FactWith("sh")]
    public Task Sigint_EndsEverythingWithCode0() => EndsEverythingAsync("-INT");

    private static async Task EndsEverythingAsync(string signal)
    {
        var ports = Ports.Ephemeral();
        var assembly = Path.Combine(AppContext.BaseDirectory, "OviFunctions.DevStack.dll");
        var spec = new ProcessSpec("Stack", "dotnet", [assembly, "--no-chain", .. ProgramRun.Options(ports)]);
        await using var stack = ChildProcess.Start(spec, watchdog: null, TimeProvider.System);
        await stack.WaitUntilReadyAsync(_ => Task.FromResult(stack.Output.Last().Contains("Ctrl-C ends it all.")), Limit, CancellationToken.None);
        var children = ProcessTree.DescendantsOf(stack.Id);
        Assert.True(!OperatingSystem.IsLinux() || children.Count >= 3, "Watchdog, Azurite and the gateway should be there.");

        using var kill = Process.Start("sh", ["-c", $"kill {signal} {stack.Id}"]);
        var code = await stack.WaitForExitAsync(CancellationToken.None).WaitAsync(Limit);

        Assert.Equal(0, code);
        Assert.DoesNotContain(children, ProcessTree.IsAlive);
        Ports.Usual(PortName.All.ToDictionary(name => name, name => ports[name])).EnsureFree(PortName.All);
        var job = stack.Output.Last().Single(line => line.StartsWith("  \"id\": \"job_", StringComparison.Ordinal)).Split('"')[3];
        File.Delete(Path.Combine(RepositoryFolders.Root, "out", job + ".mp4"));
    }
}
