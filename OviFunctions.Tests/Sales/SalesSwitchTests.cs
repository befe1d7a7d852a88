using Microsoft.Extensions.Logging.Abstractions;
using OviFunctions.Http;
using OviFunctions.Sales;
using OviFunctions.Tests.Admission;

namespace OviFunctions.Tests.Sales;

public sealed class SalesSwitchTests
{
    private readonly Shop _shop = new();
    private readonly SalesSwitch _switch;

    public SalesSwitchTests()
    {
        _switch = new SalesSwitch(_shop.Records, _shop.Clock, NullLogger<SalesSwitch>.Instance);
        _shop.Gates.Add(_switch);
    }

    [Fact]
    public async Task AdmitAsync_SalesPaused_Is503AndNobodyIsAsked()
    {
        await _switch.PauseAsync("a test", CancellationToken.None);

        var refused = await _shop.RefusedAsync(_shop.Pay());

        Assert.Equal((503, "sales_paused", PaymentState.Unused), (refused.Status, refused.Code, refused.PaymentState));
        Assert.DoesNotContain("a test", refused.Detail);
        Assert.Empty(_shop.Facilitator.Asked);
    }

    [Fact]
    public async Task AdmitAsync_KnownPaymentWhilePaused_IsAnsweredWithItsJob()
    {
        var first = await _shop.AdmittedAsync(_shop.Pay());
        await _switch.PauseAsync("a test", CancellationToken.None);

        var again = await _shop.AdmittedAsync(_shop.Pay());

        Assert.Equal(first.Job.Input.JobId, again.Job.Input.JobId);
    }

    [Fact]
    public async Task AdmitAsync_SalesResumed_OrdersAreTaken()
    {
        await _switch.PauseAsync("a test", CancellationToken.None);
        await _switch.ResumeAsync(CancellationToken.None);

        await _shop.AdmittedAsync(_shop.Pay());
    }
}
