using System.Diagnostics;
using System.Globalization;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Configuration;
using OviFunctions.DevStack.Processes;
using OviFunctions.Embedded.Engine;
using OviFunctions.Embedded.Hosting.Operator;
using OviFunctions.Embedded.Store.Sqlite;
using OviFunctions.Tests.Composition;
using OviFunctions.Tests.Embedded.Engine;
using OviFunctions.Tests.Embedded.Hosting.Support;

namespace OviFunctions.Tests.Embedded.Hosting.Operator;

/// <summary><c>instances backup</c>, beside an engine that runs and on the file that one has left.</summary>
public sealed class InstanceBackupTests : IAsyncDisposable
{
    private const string Name = ".data/TestHubName.db";

    private readonly TestFolder _folder = new();
    private readonly EngineHost _host;

    public InstanceBackupTests() => _host = HostOn(_folder[Name]);

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Backup_BesideAHostThatWrites_InstancesGoOnFromTheCopy()
    {
        await _host.StartAsync();
        await WaitingJobAsync("job");
        using var enough = new CancellationTokenSource();
        var started = 0;
        var writing = Task.Run(async () =>
        {
            for (; !enough.IsCancellationRequested; started++) await _host.Client.ScheduleNewOrchestrationInstanceAsync("Job", new string('x', 20_000));
        });
        await EngineHost.UntilAsync(() => Task.FromResult(Volatile.Read(ref started) > 10));

        var (code, text) = await RunAsync("backup", Path.GetRelativePath(Environment.CurrentDirectory, _folder["copy.db"]));
        await enough.CancelAsync();
        await writing;

        Assert.Equal((0, string.Create(CultureInfo.InvariantCulture, $"{_folder["copy.db"]}: {new FileInfo(_folder["copy.db"]).Length:N0} bytes.")), (code, text));
        Assert.Equal(["copy.db"], Directory.EnumerateFiles(_folder.Path).Select(Path.GetFileName));
        await using (var copy = await HostOn(_folder["copy.db"]).StartAsync()) await DeliverAsync(copy);
        await DeliverAsync(_host);
    }

    [Fact]
    public async Task Backup_HostIsStopped_InstancesGoOnFromTheCopy()
    {
        await StoppedHostAsync();

        Assert.Equal(0, (await RunAsync("backup", _folder["copy.db"])).Code);

        await using var copy = await HostOn(_folder["copy.db"]).StartAsync();
        await DeliverAsync(copy);
    }

    [Fact]
    public async Task Backup_BeforeAnUpgrade_TheReleaseThatWroteTheFileCanUseTheCopy()
    {
        await StoppedHostAsync();
        using (var file = SqliteConnection.Open(_folder[Name], readOnly: false)) file.Execute("PRAGMA user_version = 1;");

        Assert.Equal(0, (await RunAsync("backup", _folder["copy.db"])).Code);

        using var copy = SqliteConnection.Open(_folder["copy.db"], readOnly: true);
        Assert.Equal(1, copy.ReadInt64("PRAGMA user_version"));
    }

    [Theory]
    [InlineData("old.db", "old.db' exists")]
    [InlineData(".data", ".data' exists")]
    [InlineData("new.db", "new.db-wal' exists")]
    [InlineData("no/copy.db", "no/copy.db' cannot be written")]
    [InlineData(Name, "is the database's own")]
    [InlineData(Name + "-journal", "is the database's own")]
    [InlineData(Name + ".running", "is the database's own")]
    [InlineData(Name + ".timers.json", "is the database's own")]
    [InlineData("late.db", "late.db.running' exists")]
    public async Task Backup_FileThatCannotBe_IsRefusedAndNothingIsWritten(string file, string reason)
    {
        await StoppedHostAsync();
        _folder.Write("old.db", "precious").Write("new.db-wal", "of a database that was here").Write("late.db.running", "of one, too");
        var before = Files();

        var (code, text) = await RunAsync("backup", _folder[file]);

        Assert.Equal(1, code);
        Assert.Contains(reason, text, StringComparison.Ordinal);
        Assert.Equal(before, Files());
    }

    [Fact]
    public async Task Backup_NoDatabase_SaysSo()
    {
        var (code, text) = await RunAsync("backup", _folder["copy.db"]);

        Assert.Equal(1, code);
        Assert.Contains(_folder[Name], text, StringComparison.Ordinal);
        Assert.Empty(Files());
    }

    [Fact]
    public async Task Backup_NotADatabaseOfTheEngine_IsRefusedAndNothingIsWritten()
    {
        Directory.CreateDirectory(_folder[".data"]);
        using (var foreign = SqliteConnection.Open(_folder[Name], readOnly: false)) foreign.Execute("CREATE TABLE recipes (id INTEGER);");
        var before = Files();

        var (code, text) = await RunAsync("backup", _folder["copy.db"]);

        Assert.Equal(1, code);
        Assert.Contains("another application", text, StringComparison.Ordinal);
        Assert.Equal(before, Files());
    }

    [Fact]
    public async Task Backup_NoFileNamed_IsAWrongCommandLine() => Assert.Equal(2, (await RunAsync("backup")).Code);

    [Fact]
    public async Task Backup_Terminated_LeavesNothing()
    {
        await StoppedHostAsync();
        using var locked = SqliteConnection.Open(_folder[Name], readOnly: false);
        locked.Execute("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE;");
        var spec = GatewayRun.SpecIn(_folder, "instances", "backup", "copy.db", $"--EmbeddedHost:DatabasePath={_folder[Name]}");
        await using var process = ChildProcess.Start(spec, watchdog: null, TimeProvider.System);
        await EngineHost.UntilAsync(() => Task.FromResult(Directory.EnumerateFiles(_folder.Path, "copy.db*").Any()));

        using (var kill = Process.Start("kill", ["-TERM", $"{process.Id}"])!) await kill.WaitForExitAsync();
        var code = await process.WaitForExitAsync(default).WaitAsync(TimeSpan.FromSeconds(20));

        Assert.Equal(1, code);
        Assert.Equal("Stopped. No backup was written.", process.Output.Last()[^1]);
        Assert.Empty(Directory.EnumerateFiles(_folder.Path, "copy.db*"));
    }

    private static EngineHost HostOn(string database) => new EngineHost(new EngineOptions { DatabasePath = database }, TimeProvider.System)
        .Activity<string, string>("Pay", input => input + " paid")
        .Orchestrator("Job", async context =>
        {
            var paid = await context.CallActivityAsync<string>("Pay", "10 USDC");
            context.SetCustomStatus("paid");
            return paid + await context.WaitForExternalEvent<string>("Video");
        });

    private static async Task DeliverAsync(EngineHost host)
    {
        await host.Client.RaiseEventAsync("job", "Video", " and delivered");
        Assert.Equal("10 USDC paid and delivered", (await host.EndAsync("job")).ReadOutputAs<string>());
    }

    private async Task WaitingJobAsync(string id)
    {
        await _host.Client.ScheduleNewOrchestrationInstanceAsync("Job", new StartOrchestrationOptions(id));
        await _host.UntilStatusAsync(id, "paid");
    }

    private async Task StoppedHostAsync()
    {
        await _host.StartAsync();
        await WaitingJobAsync("job");
        await _host.StopAsync();
    }

    private string[] Files() => [.. Directory.EnumerateFiles(_folder.Path, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 }).Order()];

    private async Task<(int Code, string Text)> RunAsync(params string[] words)
    {
        using var output = new StringWriter { NewLine = "\n" };
        var code = await InstancesCommand.RunAsync(words, new ConfigurationBuilder().Build(), _folder.Path, output, output, TimeProvider.System);
        return (code, output.ToString().TrimEnd());
    }
}
