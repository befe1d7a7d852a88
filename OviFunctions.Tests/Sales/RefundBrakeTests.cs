using OviFunctions.Http;
using OviFunctions.Sales;
using OviFunctions.Tests.Admission;
using OviFunctions.Tests.Payments;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Sales;

public sealed class RefundBrakeTests
{
    private readonly Shop _shop = new();
    private readonly RefundBrake _brake;

    public RefundBrakeTests()
    {
        _brake = new RefundBrake(TestSettings.Read(("Limits:RefundsPerPayerAndDay", "2")), _shop.Records, _shop.Clock);
        _shop.Gates.Add(_brake);
    }

    [Fact]
    public async Task AdmitAsync_WalletWithTooManyRefunds_Is429UntilTheNextDay()
    {
        await CountAsync("job_1");
        await CountAsync("job_1"); // an activity that runs twice
        await _shop.AdmittedAsync(_shop.Pay(1));
        await CountAsync("job_2");
        await CountAsync("job_3");

        var refused = await _shop.RefusedAsync(_shop.Pay(2));

        var left = (int)(_shop.Clock.GetUtcNow().Date.AddDays(1) - _shop.Clock.GetUtcNow().UtcDateTime).TotalSeconds;
        Assert.Equal((429, "too_many_refunds", left), (refused.Status, refused.Code, refused.RetryAfterSeconds));
        Assert.Equal((PaymentState.Unused, RetryAction.WaitAndRetry), (refused.PaymentState, refused.RetryAction));
        Assert.Single(_shop.Facilitator.Asked);
        await _shop.AdmittedAsync(_shop.Pay(3, signer: Samples.Stranger));

        _shop.Clock.Advance(TimeSpan.FromSeconds(left));
        await _shop.AdmittedAsync(_shop.Pay(2));
        await CountAsync("job_4");
        await _shop.AdmittedAsync(_shop.Pay(4));
    }

    [Fact]
    public async Task CountAsync_PaymentsThatAreUnsettled_KeepTheirSlots()
    {
        _shop.Client.Started = id => _shop.Client.Set(id, new() { Money = OviFunctions.Jobs.MoneyState.InFlight });
        foreach (byte nonce in new byte[] { 1, 2 }) await _shop.Clock.RunAsync(_shop.AdmittedAsync(_shop.Pay(nonce)), TimeSpan.FromSeconds(1));

        await CountAsync("job_1");

        Assert.Equal("too_many_unsettled_payments", (await _shop.RefusedAsync(_shop.Pay(3))).Code);
    }

    private Task CountAsync(string jobId) => _brake.CountAsync(Samples.Buyer.Address, jobId, default);
}
