using Microsoft.Extensions.Logging;
using OviFunctions.Embedded.Hosting.Configuration;
using OviFunctions.Embedded.Hosting.Timers;
using OviFunctions.Tests.Embedded.Hosting.Support;

namespace OviFunctions.Tests.Embedded.Hosting.Timers;

public sealed class TimerStatusStoreTests : IDisposable
{
    private static readonly DateTimeOffset Now = new(2026, 11, 20, 12, 0, 0, TimeSpan.Zero);
    private static readonly TimerStatus Status = new("0 0 * * * *", Now, Now.AddHours(1), Now);

    private readonly TestFolder _folder = new();
    private readonly LogRecorder _log = new();
    private readonly LoggerFactory _loggers;

    public TimerStatusStoreTests() => _loggers = new LoggerFactory([_log]);

    public void Dispose()
    {
        _loggers.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Read_AfterAWriteByAnotherProcess_GivesWhatWasWritten()
    {
        using (var before = Open("deep/folder/hub.db"))
        {
            await before.WriteAsync("One", Status with { Last = null }, default);
            await before.WriteAsync("Two", Status, default);
        }

        using var after = Open("deep/folder/hub.db");

        Assert.Equal(Status with { Last = null }, await after.ReadAsync("One", default));
        Assert.Equal(Status, await after.ReadAsync("Two", default));
        Assert.Null(await after.ReadAsync("Three", default));
        Assert.Equal(["hub.db.timers.json"], Directory.GetFiles(_folder["deep/folder"]).Select(Path.GetFileName));
    }

    [Fact]
    public async Task Read_AfterACrashWhileWriting_GivesTheOldState()
    {
        using (var before = Open("hub.db")) await before.WriteAsync("One", Status, default);
        _folder.Write("hub.db.timers.json.new", """{ "One": { "Sched""");

        using var after = Open("hub.db");

        Assert.Equal(Status, await after.ReadAsync("One", default));
        await after.WriteAsync("Two", Status, default);
        Assert.Equal(Status, await after.ReadAsync("Two", default));
    }

    [Fact]
    public async Task Read_UnreadableFile_WarnsAndStartsOver()
    {
        _folder.Write("hub.db.timers.json", "not JSON");
        using var store = Open("hub.db");

        Assert.Null(await store.ReadAsync("One", default));
        Assert.Equal(LogLevel.Warning, Assert.Single(_log.Lines).Level);
        await store.WriteAsync("One", Status, default);
        Assert.Equal(Status, await store.ReadAsync("One", default));
    }

    [Fact]
    public async Task Write_EngineInMemory_LeavesNoFile()
    {
        using var store = new TimerStatusStore(new DatabaseLocation(Path: null), _loggers.CreateLogger<TimerStatusStore>());

        await store.WriteAsync("One", Status, default);

        Assert.Equal(Status, await store.ReadAsync("One", default));
        Assert.Empty(Directory.GetFiles(_folder.Path));
    }

    private TimerStatusStore Open(string database) =>
        new(new DatabaseLocation(_folder[database]), _loggers.CreateLogger<TimerStatusStore>());
}
