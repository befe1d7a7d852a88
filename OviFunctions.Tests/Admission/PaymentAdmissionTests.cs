using OviFunctions.Admission;
using OviFunctions.Http;
using OviFunctions.Jobs;
using OviFunctions.Payments.Evm;
using OviFunctions.Payments.Facilitators;
using OviFunctions.Payments.X402;
using OviFunctions.Tests.Payments;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Admission;

/// <summary>A new payment that is taken.</summary>
public sealed class PaymentAdmissionTests
{
    private readonly Shop _shop = new();

    [Theory]
    [InlineData(X402Version.V1)]
    [InlineData(X402Version.V2)]
    public async Task AdmitAsync_GoodPayment_IsClaimedAndStarted(X402Version version)
    {
        _shop.Chain.Head = 4711;

        var admitted = Assert.IsType<AdmissionResult.Admitted>(await _shop.AdmitAsync(_shop.Pay(version: version), version: version));

        var jobId = Shop.JobIdOf(1);
        Assert.Equal([jobId], _shop.Client.InstanceIds);
        Assert.Equal(
            [RecordNames.Claim(jobId), RecordNames.Payer(Samples.Buyer.Address), RecordNames.RefundReserve, RecordNames.Unsettled(jobId)], _shop.Records.Names);
        Assert.Equal((true, true, MoneyState.Settled), (admitted.IsFirst, admitted.ShowToken, admitted.Job.Status.Money));
        var input = _shop.Client.InputOf(jobId);
        Assert.Equal((jobId, "k1", 420_000L, "A dog barks"), (input.JobId, input.KeyId, input.PriceAtomic, input.Request.Prompt));
        Assert.Null(input.ApiKeyId);
        var payment = input.Payment!;
        Assert.Equal(
            (version, EvmNetwork.Base, Samples.Merchant, 4711UL, 600),
            (payment.Version, payment.Network, payment.PayTo, payment.ClaimBlock, payment.MaxTimeoutSeconds));
        Assert.Equal(Samples.Nonce(1), payment.Authorization.Transfer.Nonce);
        Assert.Equal(payment.Authorization.ContentHash(), payment.ContentHash);
    }

    [Fact]
    public async Task AdmitAsync_ClaimIsWrittenOnlyAfterTheFacilitatorSaidValid()
    {
        _shop.Facilitator.Verify = authorization =>
        {
            Assert.Empty(_shop.Records.Names);
            Assert.Empty(_shop.Client.InstanceIds);
            return Task.FromResult<VerifyOutcome>(new VerifyOutcome.Valid(authorization.Transfer.From));
        };

        await _shop.AdmittedAsync(_shop.Pay());
    }

    [Fact]
    public async Task AdmitAsync_TheInstanceStartsOnlyAfterTheClaim()
    {
        _shop.Client.BeforeStart = id =>
        {
            Assert.Contains(RecordNames.Claim(id), _shop.Records.Names);
            return Task.CompletedTask;
        };

        await _shop.AdmittedAsync(_shop.Pay());
    }

    [Fact]
    public async Task AdmitAsync_SettlementTakesLong_IsAnsweredAsPending()
    {
        _shop.Client.Started = id => _shop.Client.Set(id, new JobStatus { State = JobState.PaymentPending, Money = MoneyState.InFlight });
        var started = _shop.Clock.GetUtcNow();

        var result = await _shop.Clock.RunAsync(_shop.AdmitAsync(_shop.Pay()), TimeSpan.FromSeconds(1));

        var admitted = Assert.IsType<AdmissionResult.Admitted>(result);
        Assert.Equal((JobState.PaymentPending, MoneyState.InFlight), (admitted.Job.Status.State, admitted.Job.Status.Money));
        Assert.InRange((_shop.Clock.GetUtcNow() - started).TotalSeconds, 25, 27);
    }

    [Fact]
    public async Task AdmitAsync_PaymentFailsWhileWaiting_IsAnsweredThen()
    {
        _shop.Client.Started = id => _shop.Client.Set(id, new JobStatus { State = JobState.PaymentPending, Money = MoneyState.InFlight });
        var waiting = _shop.AdmitAsync(_shop.Pay());
        await _shop.Clock.WaiterAsync();

        _shop.Client.Set(Shop.JobIdOf(1), new JobStatus { State = JobState.Failed, Outcome = JobOutcome.Unpaid, Error = JobErrors.Unpaid("insufficient_funds") });

        var admitted = Assert.IsType<AdmissionResult.Admitted>(await _shop.Clock.RunAsync(waiting, TimeSpan.FromMilliseconds(50)));
        Assert.Equal("insufficient_funds", admitted.Job.Status.Error!.Reason);
    }

    [Fact]
    public async Task AdmitAsync_ThirdUnsettledPaymentOfAWallet_Is429()
    {
        _shop.Client.Started = id => _shop.Client.Set(id, new JobStatus { State = JobState.PaymentPending, Money = MoneyState.InFlight });
        await PendingAsync(1);
        await PendingAsync(2);

        var problem = await _shop.RefusedAsync(_shop.Pay(nonce: 3));

        Assert.Equal((429, "too_many_unsettled_payments", 5), (problem.Status, problem.Code, problem.RetryAfterSeconds));
        Assert.Equal((RetryAction.WaitAndRetry, PaymentState.Unused), (problem.RetryAction, problem.PaymentState));
        Assert.DoesNotContain(RecordNames.Claim(Shop.JobIdOf(3)), _shop.Records.Names);

        // Another wallet is not concerned; and this one may go on as soon as one is settled, or ended.
        await PendingAsync(3, Samples.Stranger);
        _shop.Client.Set(Shop.JobIdOf(1), Shop.Settled);
        await PendingAsync(4);
        _shop.Client.Set(Shop.JobIdOf(2), new JobStatus { State = JobState.Failed, Outcome = JobOutcome.Unpaid, Error = JobErrors.Unpaid(null) });
        await PendingAsync(5);
    }

    [Fact]
    public async Task AdmitAsync_OneBalance_DoesNotBackTwoUnsettledPayments()
    {
        _shop.Chain.Balance = 839_999;
        _shop.Client.Started = id => _shop.Client.Set(id, new JobStatus { State = JobState.PaymentPending, Money = MoneyState.InFlight });
        await PendingAsync(1);

        Assert.Equal("payment_insufficient_balance", (await _shop.RefusedAsync(_shop.Pay(nonce: 2))).Code);

        _shop.Chain.Balance = 840_000;
        await PendingAsync(2);
    }

    [Fact]
    public async Task AdmitAsync_MoneyThatHasMovedAlready_IsNotAskedForTwice()
    {
        // The chain is ahead of the job: the first payment is out of the wallet, and its job has not looked yet.
        _shop.Chain.Balance = 840_000;
        _shop.Client.Started = id => _shop.Client.Set(id, new JobStatus { State = JobState.PaymentPending, Money = MoneyState.InFlight });
        await PendingAsync(1);
        _shop.Chain.Used.Add(Samples.Nonce(1));
        _shop.Chain.Balance = 420_000;

        await PendingAsync(2);
    }

    [Fact]
    public async Task AdmitAsync_BuyerHangsUpAfterVerify_JobIsStartedAllTheSame()
    {
        using var left = new CancellationTokenSource();
        _shop.Records.After = (call, name) => call == RecordCall.Create && name.StartsWith("claims/", StringComparison.Ordinal)
            ? left.CancelAsync()
            : Task.CompletedTask;

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _shop.AdmitAsync(_shop.Pay(), cancellationToken: left.Token));

        Assert.Equal([Shop.JobIdOf(1)], _shop.Client.InstanceIds);
    }

    [Fact]
    public async Task AdmitAsync_BuyerHangsUpBeforeVerify_NothingIsWritten()
    {
        using var left = new CancellationTokenSource();
        _shop.Facilitator.Verify = async authorization =>
        {
            await left.CancelAsync();
            return new VerifyOutcome.Valid(authorization.Transfer.From);
        };

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _shop.AdmitAsync(_shop.Pay(), cancellationToken: left.Token));

        Assert.Empty(_shop.Records.Names);
    }

    private async Task PendingAsync(byte nonce, EvmSigner? signer = null) => Assert.IsType<AdmissionResult.Admitted>(
        await _shop.Clock.RunAsync(_shop.AdmitAsync(_shop.Pay(nonce, signer: signer)), TimeSpan.FromSeconds(1)));
}
