using OviFunctions.Embedded.Store;
using static OviFunctions.Tests.Embedded.Store.StoreFixture;

namespace OviFunctions.Tests.Embedded.Store;

/// <summary>How often the process has died with what.</summary>
public abstract partial class InstanceStoreContract
{
    [Fact]
    public async Task CountCrashesAsync_OpenWork_IsCountedAndOtherWorkIsNot()
    {
        var (a, b) = (await Store.StartAsync("a"), await Store.StartAsync("b"));
        var activities = (await Store.CompleteEpisodeAsync(Episode(a) with { Activities = [new(0, "Work", "1"), new(1, "Work", "2")] })).Activities;
        var (culprit, witness) = (WorkItem.Activity(activities[0]), WorkItem.Episode(b));

        await Store.CountCrashesAsync([culprit, witness, WorkItem.Activity(9999), WorkItem.Episode(9999)]);
        await Store.CountCrashesAsync([culprit]);

        Assert.Equal(new Dictionary<WorkItem, int> { [culprit] = 2, [witness] = 1 }, await Store.ReadCrashesAsync(1, default));
        Assert.Equal([culprit], (await Store.ReadCrashesAsync(2, default)).Keys);
        Assert.Equal(2, (await Store.GetActivityAsync(culprit.Id, default))!.Crashes);
        Assert.Equal((0, 1), ((await Store.ReadAsync("a")).Crashes, (await Store.ReadAsync("b")).Crashes));
    }

    [Fact]
    public async Task CountCrashesAsync_InstanceGetsOnOrEnds_CountsFromZero()
    {
        var (goesOn, resumed, terminated) = (await Store.StartAsync("a"), await Store.StartAsync("b"), await Store.StartAsync("c"));
        await Store.CountCrashesAsync([WorkItem.Episode(goesOn), WorkItem.Episode(resumed), WorkItem.Episode(terminated)]);
        await Store.HoldAsync(resumed, "it crashes");

        await Store.CompleteEpisodeAsync(Episode(goesOn));
        await Store.ResumeAsync("b", Noon);
        await Store.TerminateAsync("c", null, recursive: false, Noon);
        await Store.CountCrashesAsync([WorkItem.Episode(terminated)]);

        Assert.Empty(await Store.ReadCrashesAsync(1, default));
        Assert.Null((await Store.ReadAsync("b")).Held);
    }
}
