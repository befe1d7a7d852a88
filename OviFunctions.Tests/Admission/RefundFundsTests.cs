using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Admission;

/// <summary>No order is taken that could not be refunded.</summary>
public sealed class RefundFundsTests
{
    private const long Price = 420_000;
    private const long WalletHolds = 100_000_000;

    [Fact]
    public async Task Order_IsHeldBeforeItsClaim_AndOnce()
    {
        var shop = new Shop();
        long? heldAtClaim = null;
        shop.Records.Before = async (call, name) =>
        {
            if (call == RecordCall.Create && name.StartsWith("claims/", StringComparison.Ordinal)) heldAtClaim = (await shop.Reserve.ReadAsync(default)).Sum;
        };

        await shop.AdmittedAsync(shop.Pay());
        await shop.AdmittedAsync(shop.Pay());

        Assert.Equal(Price, heldAtClaim);
        Assert.Equal(Price, (await shop.Reserve.ReadAsync(default)).Sum);
    }

    [Theory]
    [InlineData(WalletHolds - Price + 1, "1000")]
    [InlineData(580_001, "1")]
    public async Task Order_WalletOrDaysCapDoesNotCoverIt_IsTurnedAwayWithoutATrace(long held, string cap)
    {
        var shop = new Shop(("Refunds:DayCapUsdc", cap));
        await shop.Reserve.TryHoldAsync("another", held, long.MaxValue, default);

        var refused = await shop.RefusedAsync(shop.Pay());

        Assert.Equal((503, "refunds_not_covered"), (refused.Status, refused.Code));
        Assert.DoesNotContain(shop.Records.Names, name => name.StartsWith("claims/", StringComparison.Ordinal));
        Assert.Equal(held, (await shop.Reserve.ReadAsync(default)).Sum);
    }

    [Fact]
    public async Task Order_JustCovered_IsTaken()
    {
        var shop = new Shop(("Refunds:DayCapUsdc", "1"));
        await shop.Reserve.TryHoldAsync("another", 580_000, long.MaxValue, default);

        await shop.AdmittedAsync(shop.Pay());
    }

    [Fact]
    public async Task Gate_NotCovered_ClosesBeforeAnybodyIsAsked_ButNotForKnownOrders()
    {
        var shop = new Shop();
        shop.Gates.Add(shop.Funds);
        await shop.AdmittedAsync(shop.Pay());
        await shop.Reserve.TryHoldAsync("another", WalletHolds, long.MaxValue, default);
        var asked = shop.Facilitator.Asked.Count;

        Assert.Equal("refunds_not_covered", (await shop.RefusedAsync(shop.Pay(nonce: 2))).Code);
        await shop.AdmittedAsync(shop.Pay());

        Assert.Equal(asked, shop.Facilitator.Asked.Count);
    }

    [Fact]
    public async Task Gate_WalletsBalanceUnreadable_IsClosed()
    {
        var shop = new Shop();
        shop.Gates.Add(shop.Funds);
        shop.WalletChain.Down.Add(nameof(shop.WalletChain.BalanceAsync));

        Assert.Equal("payments_unavailable", (await shop.RefusedAsync(shop.Pay())).Code);
    }
}
