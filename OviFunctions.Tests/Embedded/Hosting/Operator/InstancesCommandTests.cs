using System.Text.Json;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Configuration;
using OviFunctions.Embedded.Engine;
using OviFunctions.Embedded.Hosting.Operator;
using OviFunctions.Embedded.Store;
using OviFunctions.Embedded.Store.Sqlite;
using OviFunctions.Tests.Embedded.Engine;
using OviFunctions.Tests.Embedded.Hosting.Support;
using OviFunctions.Tests.Embedded.Store;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Embedded.Hosting.Operator;

/// <summary>The operator's command line, beside an engine that runs and on the file that one has left.</summary>
public sealed class InstancesCommandTests : IAsyncDisposable
{
    private readonly TestFolder _folder = new();
    private readonly ManualTimeProvider _time = new();
    private readonly EngineHost _host;
    private bool _started;

    public InstancesCommandTests() => _host = new EngineHost(
            new EngineOptions { DatabasePath = _folder[".data/TestHubName.db"], Upgrades = new() { DefaultVersion = "1.0" } }, _time)
        .Activity<string, string>("Pay", input => input + " paid")
        .Activity<string, string>("Hang", async (_, cancellation) =>
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellation);
            return "";
        })
        .Orchestrator("Job", async context =>
        {
            var paid = await context.CallActivityAsync<string>("Pay", "10 USDC");
            context.SetCustomStatus("paid");
            return paid + await context.WaitForExternalEvent<string>("Video");
        })
        .Orchestrator("Stuck", async context =>
        {
            var timer = context.CreateTimer(TimeSpan.FromHours(1), CancellationToken.None);
            context.SetCustomStatus("waits");
            await Task.WhenAll(timer, context.CallActivityAsync("Hang"));
        })
        .Orchestrator("Parent", context =>
        {
            context.SetCustomStatus("waits");
            return context.CallSubOrchestratorAsync("Job", new SubOrchestrationOptions(instanceId: "child"));
        });

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task List_BesideARunningHost_ShowsItsInstances()
    {
        await StartAsync("Job", "a1", "paid");
        await StartAsync("Stuck", "b1", "waits");
        await _host.Client.ScheduleNewOrchestrationInstanceAsync("Job", new StartOrchestrationOptions("b2") { Version = "2.0" });
        await EngineHost.UntilAsync(async () => (await _host.Engine.GetAsync("b2", false, default))!.Held is not null);
        await _host.RunAsync("Nobody", id: "c1");

        var (code, text) = await RunAsync("list");

        Assert.Equal(0, code);
        var lines = text.Split('\n').Select(line => line.Split("  ", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)).ToArray();
        Assert.Equal(["INSTANCE", "ORCHESTRATOR", "STATUS", "VERSION", "CREATED", "UPDATED"], lines[0]);
        Assert.Equal(["a1 Job Running 1.0", "b1 Stuck Running 1.0", "b2 Job Pending (held) 2.0", "c1 Nobody Failed 1.0"], lines[1..].Select(cells => string.Join(' ', cells[..4])));
        Assert.Equal(["b1", "b2"], await IdsAsync("--prefix", "b"));
        Assert.Equal(["b2", "c1"], await IdsAsync("--status", "pending", "--status=Failed"));
        Assert.Equal(["b2"], await IdsAsync("--held"));
        Assert.Contains("There may be more", (await RunAsync("list", "--limit", "2")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task List_MoreThanAPage_ShowsEachOnce()
    {
        await using (var store = new SqliteStore(_folder[".data/TestHubName.db"]))
        {
            await store.OpenAsync(default);
            foreach (var few in Enumerable.Range(0, InstanceStore.PageLimit + 5).Chunk(100))
                await Task.WhenAll(few.Select(i => store.StartAsync($"i{i:0000}")));
        }

        Assert.Equal(Enumerable.Range(0, InstanceStore.PageLimit + 5).Select(i => $"i{i:0000}"), await IdsAsync("--limit", "5000"));
        Assert.Equal(InstanceStore.PageLimit + 1, (await IdsAsync("--limit", "1001")).Length);
        Assert.Equal(100, (await IdsAsync()).Length);
    }

    [Fact]
    public async Task Show_AMessageOfItCannotBeRead_TellsTheRest()
    {
        await StartAsync("Job", "a", "paid");
        await _host.StopAsync();
        using (var database = DatabaseFile.OpenWriter(_folder[".data/TestHubName.db"]))
        {
            database.Execute("INSERT INTO inbox (instance_key, kind, task_id, failure, received_at) SELECT key, 2, 0, '{no', 0 FROM instance");
            database.Execute("UPDATE instance SET held = 'poison'");
        }

        var (code, text) = await RunAsync("show", "a");

        Assert.Equal(0, code);
        Assert.Contains("held          poison", text.Split('\n'));
        Assert.Contains("unreadable    ", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Show_BesideARunningHost_TellsWhatItWaitsFor()
    {
        await StartAsync("Stuck", "s", "waits");
        await _host.Client.SuspendInstanceAsync("s");
        await _host.Client.RaiseEventAsync("s", "Up\u001b[2Jdate", "secret");

        var (code, text) = await RunAsync("show", "s");

        Assert.Equal(0, code);
        var noon = $"{_time.GetUtcNow():yyyy-MM-dd'T'HH:mm:ss.fff'Z'}";
        foreach (var line in (string[])
            ["instance      s", "orchestrator  Stuck", "status        Suspended", "version       1.0", $"created       {noon}", "turns         1",
            "activity      #1 Hang", $"timer         #0 {_time.GetUtcNow().AddHours(1):yyyy-MM-dd'T'HH:mm:ss.fff'Z'}",
            $"inbox         {noon} EventRaised Up\uFFFD[2Jdate"])
            Assert.Contains(line, text.Split('\n'));
        Assert.DoesNotContain("custom status", text, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", text, StringComparison.Ordinal);
        Assert.Contains("custom status \"waits\"", (await RunAsync("show", "s", "--payloads")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task History_FinishedInstance_TellsItsTurns()
    {
        await StartAsync("Job", "a", "paid");
        await _host.Client.RaiseEventAsync("a", "Video", " and done");
        await _host.EndAsync("a");

        var (code, text) = await RunAsync("history", "a", "--payloads");

        Assert.Equal(0, code);
        Assert.Equal(
            ["  < ExecutionStarted", "  > ActivityScheduled #0 Pay", "  < TaskCompleted #0: \"10 USDC paid\"", "  < EventRaised Video: \" and done\""],
            text.Split('\n').Where(line => !line.StartsWith("turn", StringComparison.Ordinal)));
        Assert.Equal(3, text.Split('\n').Count(line => line.StartsWith("turn", StringComparison.Ordinal)));
        Assert.DoesNotContain("done", (await RunAsync("history", "a")).Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("list")]
    [InlineData("show", "a")]
    [InlineData("history", "a")]
    public async Task Read_BesideARunningHost_WritesNothing(params string[] words)
    {
        await StartAsync("Job", "a", "paid");
        var before = await SnapshotAsync();

        Assert.Equal(0, (await RunAsync(words)).Code);

        Assert.Equal(before, await SnapshotAsync());
        await _host.Client.RaiseEventAsync("a", "Video", "!");
        Assert.Equal("10 USDC paid!", (await _host.EndAsync("a")).ReadOutputAs<string>());
    }

    [Theory]
    [InlineData("raise", "a", "Video", "\"x\"")]
    [InlineData("terminate", "a")]
    [InlineData("suspend", "a")]
    [InlineData("resume", "a")]
    [InlineData("purge", "a")]
    public async Task Change_BesideARunningHost_IsRefused(params string[] words)
    {
        await StartAsync("Job", "a", "paid");

        var (code, text) = await RunAsync(words);

        Assert.Equal(1, code);
        Assert.Contains("Only one process may use it", text, StringComparison.Ordinal);
        Assert.Equal(OrchestrationRuntimeStatus.Running, (await _host.GetAsync("a")).RuntimeStatus);
    }

    [Fact]
    public async Task Change_HostIsStopped_TakesEffectAtItsNextStart()
    {
        foreach (var id in (string[])["event", "suspended"]) await StartAsync("Job", id, "paid");
        await StartAsync("Parent", "family", "waits");
        await _host.UntilStatusAsync("child", "paid");
        await _host.RunAsync("Nobody", id: "finished");
        await _host.StopAsync();

        Assert.Equal((0, "event: the event Video waits for it."), await RunAsync("raise", "event", "Video", "\" by hand\""));
        Assert.Equal((0, "suspended: suspended."), await RunAsync("suspend", "suspended"));
        Assert.Equal(0, (await RunAsync("raise", "suspended", "Video", "\"!\"")).Code);
        Assert.Equal((0, "family: terminated.\nchild: terminated."), await RunAsync("terminate", "family", "out of stock", "--recursive"));
        Assert.Equal((0, "1 purged."), await RunAsync("purge", "finished"));
        await _host.StartAsync();

        Assert.Equal("10 USDC paid by hand", (await _host.EndAsync("event")).ReadOutputAs<string>());
        Assert.Equal(OrchestrationRuntimeStatus.Suspended, (await _host.GetAsync("suspended")).RuntimeStatus);
        Assert.Equal("out of stock", (await _host.EndAsync("family")).ReadOutputAs<string>());
        Assert.Equal(OrchestrationRuntimeStatus.Terminated, (await _host.GetAsync("child")).RuntimeStatus);
        Assert.Null(await _host.Client.GetInstanceAsync("finished"));
        await _host.StopAsync();
        Assert.Equal((0, "suspended: resumed."), await RunAsync("resume", "suspended"));
        await _host.StartAsync();
        Assert.Equal("10 USDC paid!", (await _host.EndAsync("suspended")).ReadOutputAs<string>());
    }

    [Theory]
    [InlineData(1, "There is no instance 'b'.", "show", "b")]
    [InlineData(1, "There is no instance 'b'.", "history", "b")]
    [InlineData(1, "There is no instance 'b'.", "suspend", "b")]
    [InlineData(1, "There is no instance 'b'.", "purge", "b", "failed")]
    [InlineData(1, "a is Running; only what is finished can be purged.", "purge", "failed", "a")]
    [InlineData(1, "failed is finished already.", "raise", "failed", "Video")]
    [InlineData(2, "The event's data {not json is not JSON", "raise", "a", "Video", "{not json")]
    [InlineData(2, "'delete' is not a command for instances.", "delete", "a")]
    [InlineData(2, "Something is missing.", "show")]
    [InlineData(2, "'b' is too much.", "show", "a", "b")]
    [InlineData(2, "--all is not an option of this command.", "list", "--all")]
    [InlineData(2, "--recursive=no is not an option of this command.", "terminate", "a", "--recursive=no")]
    [InlineData(2, "--prefix needs a value.", "list", "--prefix")]
    [InlineData(2, "'Done' is not a status. There are: Pending, Running, Suspended, Completed, Failed, Terminated.", "list", "--status", "Done")]
    [InlineData(2, "--limit is '0'", "list", "--limit", "0")]
    public async Task Run_WrongCommand_SaysWhy(int expected, string reason, params string[] words)
    {
        await StartAsync("Job", "a", "paid");
        await _host.RunAsync("Nobody", id: "failed");
        await _host.StopAsync();

        var (code, text) = await RunAsync(words);

        Assert.Equal(expected, code);
        Assert.Contains(reason, text, StringComparison.Ordinal);
        Assert.Equal(["a", "failed"], await IdsAsync());
    }

    [Fact]
    public async Task Run_NoDatabase_SaysSoAndMakesNone()
    {
        foreach (var words in (string[][])[["list"], ["terminate", "a"]])
        {
            var (code, text) = await RunAsync(words);

            Assert.Equal(1, code);
            Assert.Contains(_folder[".data/TestHubName.db"], text, StringComparison.Ordinal);
        }

        Assert.False(Directory.Exists(_folder[".data"]));
    }

    [Fact]
    public async Task List_DatabaseOfTheLastRelease_SaysWhatToDo()
    {
        await StartAsync("Job", "a", "paid");
        await _host.StopAsync();
        using (var file = SqliteConnection.Open(_folder[".data/TestHubName.db"], readOnly: false)) file.Execute("PRAGMA user_version = 1;");

        var (code, text) = await RunAsync("list");

        Assert.Equal(1, code);
        Assert.Contains("has schema 1", text, StringComparison.Ordinal);
        Assert.Contains("Start the host once", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Help_ListsEveryCommand()
    {
        var (code, text) = await RunAsync("help");

        Assert.Equal(0, code);
        foreach (var verb in (string[])["list", "show", "history", "raise", "terminate", "suspend", "resume", "purge", "backup"])
            Assert.Contains($"instances {verb}", text, StringComparison.Ordinal);
    }

    private async Task StartAsync(string orchestrator, string id, string status)
    {
        if (!_started) await _host.StartAsync();
        _started = true;
        await _host.Client.ScheduleNewOrchestrationInstanceAsync(orchestrator, new StartOrchestrationOptions(id));
        await _host.UntilStatusAsync(id, status);
    }

    private async Task<string[]> IdsAsync(params string[] options) =>
        [.. (await RunAsync(["list", .. options])).Text.Split('\n').Skip(1).Where(line => line.Contains("  ", StringComparison.Ordinal)).Select(line => line.Split(' ')[0])];

    /// <summary>All that the database holds, and how long its files are.</summary>
    private async Task<string> SnapshotAsync()
    {
        var instances = await _host.Engine.QueryAsync(new(WithPayloads: true), default);
        var files = new DirectoryInfo(_folder[".data"]).GetFiles().Where(file => !file.Name.EndsWith("-shm", StringComparison.Ordinal));
        return JsonSerializer.Serialize(instances) + string.Join(' ', files.Select(file => $"{file.Name} {file.Length} {file.LastWriteTimeUtc:O}").Order());
    }

    private async Task<(int Code, string Text)> RunAsync(params string[] words)
    {
        using var output = new StringWriter { NewLine = "\n" };
        var code = await InstancesCommand.RunAsync(words, new ConfigurationBuilder().Build(), _folder.Path, output, output, _time);
        return (code, output.ToString().TrimEnd());
    }
}
