using OviFunctions.Http;
using OviFunctions.Sales;
using OviFunctions.Tests.Admission;
using OviFunctions.Tests.Payments;

namespace OviFunctions.Tests.Sales;

public sealed class DenyListTests
{
    private readonly Shop _shop = new();
    private readonly DenyList _denied;

    public DenyListTests()
    {
        _denied = new DenyList(_shop.Records);
        _shop.Gates.Add(_denied);
    }

    [Fact]
    public async Task AdmitAsync_BlockedWallet_Is403BeforeAnybodyIsAsked()
    {
        Assert.True(await _denied.BlockAsync(new DeniedPayer($"{Samples.Buyer.Address}", "stolen funds", _shop.Clock.GetUtcNow()), default));

        var refused = await _shop.RefusedAsync(_shop.Pay());

        Assert.Equal((403, "payer_blocked", PaymentState.Unused, RetryAction.Abandon), (refused.Status, refused.Code, refused.PaymentState, refused.RetryAction));
        Assert.DoesNotContain("stolen", refused.Detail);
        Assert.Empty(_shop.Facilitator.Asked);
        await _shop.AdmittedAsync(_shop.Pay(nonce: 2, signer: Samples.Stranger));

        await _denied.UnblockAsync(Samples.Buyer.Address, default);
        await _shop.AdmittedAsync(_shop.Pay());
    }

    [Fact]
    public async Task AdmitAsync_KnownPaymentOfABlockedWallet_IsAnsweredWithItsJob()
    {
        await _shop.AdmittedAsync(_shop.Pay());
        await _denied.BlockAsync(new DeniedPayer($"{Samples.Buyer.Address}", "x", _shop.Clock.GetUtcNow()), default);

        Assert.False((await _shop.AdmittedAsync(_shop.Pay())).IsFirst);
    }
}
