using OviFunctions.Embedded.Store;
using static OviFunctions.Tests.Embedded.Store.StoreFixture;

namespace OviFunctions.Tests.Embedded.Store;

/// <summary>What every store does: hands out no more for an episode than may be in memory.</summary>
public abstract partial class InstanceStoreContract
{
    [Fact]
    public async Task LoadAsync_LargeMessages_ComeInPagesOfBytes()
    {
        var data = new string('x', 3 * 1024 * 1024);
        var key = await Store.StartAsync("a", "1");
        for (var i = 0; i < 5; i++) await Store.RaiseEventAsync("a", $"e{i}", data, Noon);

        var first = await Store.LoadAsync(key);
        await Store.CompleteEpisodeAsync(Episode(key) with { ConsumedMessages = [.. first.Inbox.Select(m => m.Id)] });
        var second = await Store.LoadAsync(key);

        Assert.Equal(["e0", "e1", "e2"], first.Inbox.Names());
        Assert.True(first.HasMoreMessages);
        Assert.Empty(first.Payloads);
        Assert.Equal(["e3", "e4"], second.Inbox.Names());
        Assert.All(second.Inbox, m => Assert.Equal(data, m.Event.Payload));
        Assert.False(second.HasMoreMessages);
        Assert.Equal(first.Inbox.Select(m => m.Event.PayloadId!.Value), second.Payloads.Keys.Order());
    }

    [Fact]
    public async Task LoadAsync_ManyMessages_ComeInPagesOfRows()
    {
        var key = await Store.StartAsync("a");
        await Task.WhenAll(Enumerable.Range(0, InstanceStore.PageLimit).Select(_ => Store.RaiseEventAsync("a", "Go", null, Noon)));
        Assert.False((await Store.LoadAsync(key)).HasMoreMessages);

        await Store.RaiseEventAsync("a", "Last", null, Noon);

        var page = await Store.LoadAsync(key);
        Assert.Equal(InstanceStore.PageLimit, page.Inbox.Count);
        Assert.DoesNotContain("Last", page.Inbox.Names());
        Assert.True(page.HasMoreMessages);
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(1, true)]
    public async Task LoadAsync_TurnsAndPayloadsOverTheLimit_LeavesThemOut(int excess, bool isTooLarge)
    {
        const int payload = 1000;
        var key = await Store.StartAsync("a", "the input does not count");
        await Store.RaiseEventAsync("a", "Go", new string('x', payload + excess), Noon);
        var message = (await Store.LoadAsync(key)).Inbox.Single();
        var half = new byte[(InstanceLoad.LargestHistory - payload) / 2];
        await Store.CompleteEpisodeAsync(Episode(key) with { Turn = half, ConsumedMessages = [message.Id] });
        await Store.CompleteEpisodeAsync(Episode(key, sequence: 1) with { Turn = half, Timers = [new(0, Noon)] });
        await Store.RaiseEventAsync("a", "Again", "a message does not count", Noon);

        var work = await Store.LoadAsync(key);

        Assert.Equal(isTooLarge, work.IsTooLarge);
        Assert.Equal(isTooLarge ? 0 : 2, work.Turns.Count);
        Assert.Equal(isTooLarge ? 0 : 1, work.Payloads.Count);
        Assert.Equal(isTooLarge ? 0 : 1, work.Inbox.Count);
        Assert.Equal("the input does not count", work.Instance.Input);
    }

    [Fact]
    public async Task QueryAsync_LargePayloads_PagesAreShorterAndNoneIsLeftOut()
    {
        var data = new string('x', 3 * 1024 * 1024);
        for (var i = 0; i < 8; i++) await Store.StartAsync($"i{i}", data);

        var first = await Store.QueryAsync(new(WithPayloads: true), default);
        var second = await Store.QueryAsync(new(AfterId: first[^1].Id, WithPayloads: true), default);

        Assert.Equal(["i0", "i1", "i2", "i3", "i4", "i5"], first.Select(i => i.Id));
        Assert.Equal(["i6", "i7"], second.Select(i => i.Id));
        Assert.All(second, i => Assert.Equal(data, i.Input));
        Assert.Equal(8, (await Store.QueryAsync(new(), default)).Count);
    }
}
