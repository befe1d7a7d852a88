using OviFunctions.DevStack.Simulators;

namespace OviFunctions.Tests.DevStack.Simulators;

public sealed class CallLogTests
{
    private readonly CallLog<int> _log = new();

    [Fact]
    public async Task Follow_GivesWhatWasThereAndWhatComes()
    {
        _log.Add(1);
        await using var following = _log.FollowAsync(CancellationToken.None).GetAsyncEnumerator();

        Assert.True(await following.MoveNextAsync());
        var next = following.MoveNextAsync();
        Assert.False(next.IsCompleted);
        _log.Add(2);

        Assert.True(await next);
        Assert.Equal(2, following.Current);
    }

    [Fact]
    public async Task Follow_CancelledJustAfterAnEntry_StillGivesIt()
    {
        for (var round = 0; round < 100; round++)
        {
            using var ending = new CancellationTokenSource();
            var log = new CallLog<int>();
            await using var following = log.FollowAsync(ending.Token).GetAsyncEnumerator();
            var next = following.MoveNextAsync();

            log.Add(round);
            await ending.CancelAsync();

            Assert.True(await next);
            Assert.Equal(round, following.Current);
            await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await following.MoveNextAsync());
        }
    }
}
