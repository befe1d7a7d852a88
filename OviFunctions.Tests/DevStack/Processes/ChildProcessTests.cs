using OviFunctions.DevStack;
using OviFunctions.DevStack.Installation;
using OviFunctions.DevStack.Processes;

namespace OviFunctions.Tests.DevStack.Processes;

public sealed class ChildProcessTests
{
    private const string Forever = "setInterval(() => {}, 1000);";
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task Start_UnknownCommand_SaysWhichPartAndWhichCommand()
    {
        var error = Assert.Throws<StackException>(() => ChildProcess.Start(new ProcessSpec("Azurite", "no-such-command-here", []), null, TimeProvider.System));

        Assert.Contains("Azurite", error.Message, StringComparison.Ordinal);
        Assert.Contains("no-such-command-here", error.Message, StringComparison.Ordinal);
        await Task.CompletedTask;
    }

    [Fact]
    public async Task WaitForExit_GivesCodeAndAllOutput()
    {
        await using var process = Node("console.log('out'); console.error('err'); process.exitCode = 3;");

        Assert.Equal(3, await process.WaitForExitAsync(CancellationToken.None));
        Assert.Equal(["err", "out"], process.Output.Last().Order());
    }

    [Fact]
    public async Task Start_StandardInput_IsClosed()
    {
        await using var process = Node("process.stdin.on('end', () => process.exit(7)).resume();");

        Assert.Equal(7, await process.WaitForExitAsync(CancellationToken.None).WaitAsync(Limit));
    }

    [Fact]
    public async Task WaitUntilReady_ProcessThatEnds_ThrowsWithItsLastLines()
    {
        await using var process = Node("console.error('the disk is full'); process.exit(2);");

        var error = await Assert.ThrowsAsync<StackException>(() => process.WaitUntilReadyAsync(_ => Task.FromResult(false), Limit, CancellationToken.None));

        Assert.Contains("ended with code 2", error.Message, StringComparison.Ordinal);
        Assert.Contains("the disk is full", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WaitUntilReady_ProcessThatNeverIs_ThrowsAfterTheLimit()
    {
        await using var process = Node(Forever);

        var error = await Assert.ThrowsAsync<StackException>(() => process.WaitUntilReadyAsync(_ => Task.FromResult(false), TimeSpan.FromMilliseconds(50), CancellationToken.None));

        Assert.Contains("not ready", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stop_ProcessThatListensToSigterm_EndsItselfInGoodOrder()
    {
        if (OperatingSystem.IsWindows()) return; // there is no SIGTERM
        await using var process = Node("process.on('SIGTERM', () => { console.log('bye'); process.exit(0); }); console.log('up');" + Forever);
        await process.WaitUntilReadyAsync(_ => Task.FromResult(process.Output.Last().Contains("up")), Limit, CancellationToken.None);

        await process.StopAsync();

        Assert.Equal(0, await process.WaitForExitAsync(CancellationToken.None));
        Assert.Contains("bye", process.Output.Last());
    }

    [Fact]
    public async Task Kill_ProcessThatIgnoresSigterm_EndsAtOnce()
    {
        await using var process = Node("process.on('SIGTERM', () => {}); console.log('up');" + Forever);
        await process.WaitUntilReadyAsync(_ => Task.FromResult(process.Output.Last().Contains("up")), Limit, CancellationToken.None);

        await process.KillAsync().WaitAsync(Limit);

        Assert.True(process.HasExited);
    }

    [Fact]
    public async Task Start_WithALogFile_AppendsEveryLine()
    {
        var file = Path.GetTempFileName();
        await using (var process = ChildProcess.Start(new ProcessSpec("Node", "node", ["-e", "console.log('one'); console.log('two')"]) { LogFile = file }, null, TimeProvider.System))
            await process.WaitForExitAsync(CancellationToken.None);

        Assert.Equal(["one", "two"], await File.ReadAllLinesAsync(file));
        File.Delete(file);
    }

    [Fact]
    public async Task Watchdog_WhenItsParentIsGone_EndsTheChildren()
    {
        var watchdog = Watchdog.Start(RepositoryFolders.Peers);
        await using var stubborn = Node("process.on('SIGTERM', () => {}); console.log('up');" + Forever, watchdog);
        await using var removed = Node("console.log('up');" + Forever, watchdog);
        foreach (var process in new[] { stubborn, removed })
            await process.WaitUntilReadyAsync(_ => Task.FromResult(process.Output.Last().Contains("up")), Limit, CancellationToken.None);
        watchdog.Remove(removed.Id);

        await watchdog.DisposeAsync(); // its standard input ends, as it does when we are killed

        await stubborn.WaitForExitAsync(CancellationToken.None).WaitAsync(Limit);
        Assert.False(removed.HasExited);
        await removed.KillAsync().WaitAsync(Limit);
    }

    private static ChildProcess Node(string script, Watchdog? watchdog = null) =>
        ChildProcess.Start(new ProcessSpec("Node", "node", ["-e", script]), watchdog, TimeProvider.System);
}
