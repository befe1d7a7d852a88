using Microsoft.Extensions.Logging.Abstractions;
using OviFunctions.Embedded.Engine;
using OviFunctions.Embedded.Store;
using OviFunctions.Tests.Embedded.Store;

namespace OviFunctions.Tests.Embedded.Engine;

public sealed class SuspectsTests
{
    private readonly List<WorkItem> _turns = [];

    [Theory]
    [InlineData(1, 40)]
    [InlineData(2, 16)]
    [InlineData(3, 8)]
    [InlineData(5, 2)]
    [InlineData(6, 1)]
    [InlineData(9, 1)]
    public async Task TryEnter_SoManyCrashes_TheMoreTheFewerAtATime(int crashes, int atATime)
    {
        var (suspects, work) = await SuspectsAsync(Enumerable.Repeat(crashes, 40));

        Assert.Equal(atATime, work.Count(Enter(suspects)));
    }

    [Fact]
    public async Task Leave_OthersWait_EachHasItsTurnOnceAndTheWorstIsAlone()
    {
        var (suspects, work) = await SuspectsAsync([2, 9, 2]);
        Assert.Equal([true, false, false], work.Select(Enter(suspects)));
        Assert.False(Enter(suspects)(work[1]));

        suspects.Leave(work[0]);
        Assert.Equal([work[1]], _turns);
        Assert.True(Enter(suspects)(work[1]));

        suspects.Leave(work[1]);
        Assert.Equal([work[1], work[2]], _turns);
    }

    [Fact]
    public async Task Acquit_ItsTurnWasStillToCome_TheNextOneHasItAfterIt()
    {
        var (suspects, work) = await SuspectsAsync([9, 9, 9]);
        _ = work.Select(Enter(suspects)).ToArray();

        suspects.Acquit(work[1]);
        Assert.True(Enter(suspects)(work[1]));
        suspects.Leave(work[1]);
        suspects.Leave(work[0]);
        Assert.Equal([work[1]], _turns);
        Assert.True(Enter(suspects)(work[1]));
        suspects.Leave(work[1]);

        Assert.Equal([work[1], work[2]], _turns);
    }

    [Fact]
    public async Task Wait_ItsTurnCameBetweenTheQuestionAndThat_IsCalledAtOnce()
    {
        var (suspects, work) = await SuspectsAsync([9, 9]);
        _ = work.Select(Enter(suspects)).ToArray();
        Assert.False(suspects.TryEnter(work[1]));

        suspects.Leave(work[0]);
        Assert.Equal([work[1]], _turns);
        suspects.Wait(work[1], () => _turns.Add(work[1]));

        Assert.Equal([work[1], work[1]], _turns);
    }

    [Fact]
    public async Task Wait_ThereIsAPlaceByThen_IsCalledAtOnce()
    {
        var (suspects, work) = await SuspectsAsync([9, 9]);
        Assert.True(suspects.TryEnter(work[0]));
        Assert.False(suspects.TryEnter(work[1]));

        suspects.Leave(work[0]);
        suspects.Wait(work[1], () => _turns.Add(work[1]));

        Assert.Equal([work[1]], _turns);
    }

    private Func<WorkItem, bool> Enter(Suspects suspects) => work =>
    {
        var enters = suspects.TryEnter(work);
        if (!enters) suspects.Wait(work, () => _turns.Add(work));
        return enters;
    };

    /// <summary>Instances with which the process has died so often.</summary>
    private static async Task<(Suspects Suspects, WorkItem[] Work)> SuspectsAsync(IEnumerable<int> crashes)
    {
        var store = new MemoryStore();
        var work = new List<WorkItem>();
        foreach (var times in crashes)
        {
            work.Add(WorkItem.Episode(await store.StartAsync($"{work.Count}")));
            for (var i = 0; i < times; i++) await store.CountCrashesAsync([work[^1]]);
        }

        var suspects = new Suspects(store, new EngineOptions { SuspectsWait = TimeSpan.Zero }, TimeProvider.System, NullLogger<Suspects>.Instance);
        await suspects.LoadAsync([], default, default);
        return (suspects, [.. work]);
    }
}
