using OviFunctions.Admission;
using OviFunctions.Http;
using OviFunctions.Jobs;
using OviFunctions.Payments.Evm;
using OviFunctions.Sales;
using OviFunctions.Storage;
using OviFunctions.Tests.Payments;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Admission;

/// <summary>One wallet at several machines at once.</summary>
public sealed class UnsettledPaymentsTests
{
    private static readonly string Record = RecordNames.Payer(Samples.Buyer.Address);

    private readonly Shop _shop = new();
    private readonly Shop _other;

    public UnsettledPaymentsTests()
    {
        _other = new Shop(_shop.Records, _shop.Client);
        _shop.Client.Started = id => _shop.Client.Set(id, new JobStatus { State = JobState.PaymentPending, Money = MoneyState.InFlight });
    }

    [Fact]
    public async Task AdmitAsync_TenOrdersOfAWalletAtTwoMachines_TwoAreTaken()
    {
        _shop.Records.Before = async (_, _) => await Task.Yield();

        var results = await AtOnceAsync(10);

        Assert.Equal(2, results.OfType<AdmissionResult.Admitted>().Count());
        Assert.Equal(2, _shop.Client.InstanceIds.Count);
        Assert.All(results.OfType<AdmissionResult.Refused>(), r => Assert.Equal(
            ("too_many_unsettled_payments", PaymentState.Unused), (r.Problem.Code, r.Problem.PaymentState)));
    }

    [Fact]
    public async Task AdmitAsync_OneBalanceAtTwoMachines_BacksOnePayment()
    {
        (_shop.Chain.Balance, _other.Chain.Balance) = (420_000, 420_000);
        _shop.Records.Before = async (_, _) => await Task.Yield();

        var results = await AtOnceAsync(10);

        Assert.Single(results.OfType<AdmissionResult.Admitted>());
        Assert.All(results.OfType<AdmissionResult.Refused>(), r => Assert.Equal("payment_insufficient_balance", r.Problem.Code));
    }

    [Fact]
    public async Task AdmitAsync_RecordIsAlwaysChangedByOthers_Is503AndNobodyIsLetThrough()
    {
        _shop.Records.Before = async (call, name) =>
        {
            if (name != Record || call is not (RecordCall.Create or RecordCall.Replace)) return;
            var before = _shop.Records.Before;
            _shop.Records.Before = null;
            var crowd = new SharedRecord<PayerRecord>(_shop.Records, _shop.Clock, Record, PayerRecord.Empty);
            await crowd.UpdateAsync(now => now with { Refunded = [.. now.Refunded.Take(1), Guid()] }, default);
            _shop.Records.Before = before;
        };

        var refused = await RefusedAsync(1);

        Assert.Equal((503, "admission_busy", PaymentState.Unused, RetryAction.RetrySamePayment), (refused.Status, refused.Code, refused.PaymentState, refused.RetryAction));
        Assert.Empty(_shop.Client.InstanceIds);

        static string Guid() => Convert.ToHexString(System.Security.Cryptography.RandomNumberGenerator.GetBytes(4));
    }

    [Fact]
    public async Task AdmitAsync_CrashBetweenSlotAndClaim_TheRepeatFindsItsSlot()
    {
        _shop.Records.Before = (call, name) => call == RecordCall.Create && name == RecordNames.Claim(Shop.JobIdOf(1))
            ? throw new TimeoutException("crash")
            : Task.CompletedTask;
        await Assert.ThrowsAsync<TimeoutException>(() => _shop.AdmitAsync(_shop.Pay(1)));
        _shop.Records.Before = null;
        await PendingAsync(2);

        await PendingAsync(1);

        Assert.Equal(new[] { Shop.JobIdOf(1), Shop.JobIdOf(2) }.Order(StringComparer.Ordinal), (await SlotsAsync()).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task AdmitAsync_CrashBetweenSlotAndClaim_TheSlotEndsWithTheAuthorization()
    {
        _shop.Records.Before = (call, name) => call == RecordCall.Create && name.StartsWith("claims/", StringComparison.Ordinal)
            ? throw new TimeoutException("crash")
            : Task.CompletedTask;
        foreach (byte nonce in new byte[] { 1, 2 }) await Assert.ThrowsAsync<TimeoutException>(() => _shop.AdmitAsync(_shop.Pay(nonce)));
        _shop.Records.Before = null;
        Assert.Equal(429, (await RefusedAsync(3)).Status);

        _shop.Clock.Advance(TimeSpan.FromSeconds(300 + 61));

        await PendingAsync(3);
        Assert.Equal([Shop.JobIdOf(3)], await SlotsAsync());
    }

    [Fact]
    public async Task AdmitAsync_OrderOfAnAliasThatAnotherMachineTook_LeavesNoSlot()
    {
        // The other machine takes the Idempotency-Key after we looked for it.
        var first = _shop.Pay(1);
        _shop.Records.Before = async (call, name) =>
        {
            if (call != RecordCall.Create || name != RecordNames.Claim(Shop.JobIdOf(2))) return;
            _shop.Records.Before = null;
            await _other.Clock.RunAsync(_other.AdmitAsync(first, key: "order-1"), TimeSpan.FromSeconds(1));
        };

        var admitted = Assert.IsType<AdmissionResult.Admitted>(
            await _shop.Clock.RunAsync(_shop.AdmitAsync(_shop.Pay(2), key: "order-1"), TimeSpan.FromSeconds(1)));

        Assert.Equal(Shop.JobIdOf(1), admitted.Job.Input.JobId);
        Assert.Equal([Shop.JobIdOf(1)], await SlotsAsync());
    }

    [Fact]
    public async Task AdmitAsync_SamePaymentRefusedByAnotherMachine_KeepsItsSlot()
    {
        // It comes there too after the slot was taken here, and that machine does not see the refund wallet's money.
        _other.WalletChain.Balance = 0;
        var payment = _shop.Pay(1);
        _shop.Records.Before = async (call, name) =>
        {
            if (call != RecordCall.Create || name != RecordNames.RefundReserve) return;
            _shop.Records.Before = null;
            Assert.Equal("refunds_not_covered", Assert.IsType<AdmissionResult.Refused>(await _other.AdmitAsync(payment)).Problem.Code);
        };

        Assert.IsType<AdmissionResult.Admitted>(await _shop.Clock.RunAsync(_shop.AdmitAsync(payment), TimeSpan.FromSeconds(1)));

        Assert.Equal([Shop.JobIdOf(1)], await SlotsAsync());
    }

    private async Task<AdmissionResult[]> AtOnceAsync(int orders)
    {
        var all = Task.WhenAll(Enumerable.Range(1, orders).Select(i => Task.Run(() =>
        {
            var shop = i % 2 == 0 ? _shop : _other;
            return shop.AdmitAsync(shop.Pay((byte)i));
        })));
        // Those that were taken wait for their settlement, each by its machine's clock.
        var both = Task.Run(() => _other.Clock.RunAsync(all, TimeSpan.FromSeconds(1)));
        return await _shop.Clock.RunAsync(both, TimeSpan.FromSeconds(1));
    }

    private async Task PendingAsync(byte nonce) => Assert.IsType<AdmissionResult.Admitted>(
        await _shop.Clock.RunAsync(_shop.AdmitAsync(_shop.Pay(nonce)), TimeSpan.FromSeconds(1)));

    private async Task<Problem> RefusedAsync(byte nonce) => Assert.IsType<AdmissionResult.Refused>(
        await _shop.Clock.RunAsync(_shop.AdmitAsync(_shop.Pay(nonce)), TimeSpan.FromSeconds(1))).Problem;

    private async Task<IEnumerable<string>> SlotsAsync() =>
        (await _shop.Records.ReadAsync<PayerRecord>(Record, default))!.Value.Unsettled.Select(slot => slot.JobId);
}
