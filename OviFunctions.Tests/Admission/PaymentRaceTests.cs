using OviFunctions.Admission;
using OviFunctions.Jobs;
using OviFunctions.Payments.Chain;
using OviFunctions.Payments.Facilitators;
using OviFunctions.Tests.Payments;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Admission;

/// <summary>Many requests at once, in one process and on two machines.</summary>
public sealed class PaymentRaceTests
{
    private readonly Shop _shop = new();

    [Fact]
    public async Task AdmitAsync_TwentyIdenticalAtOnce_OneClaimOneJobOneSecret()
    {
        _shop.Records.Before = async (_, _) => await Task.Yield();
        var header = _shop.Pay();

        var results = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Task.Run(() => _shop.AdmittedAsync(header))));

        Assert.Single(results, r => r.IsFirst);
        Assert.All(results, r => Assert.Equal(Shop.JobIdOf(1), r.Job.Input.JobId));
        Assert.Single(_shop.Facilitator.Asked); // single flight: the others wait for the claim
        Assert.Equal([Shop.JobIdOf(1)], _shop.Client.InstanceIds);
    }

    [Fact]
    public async Task AdmitAsync_TwentyIdenticalOnTwoMachines_OneClaimOneJobOneSecret()
    {
        var other = new Shop(_shop.Records, _shop.Client);
        _shop.Records.Before = async (_, _) => await Task.Yield();
        var header = _shop.Pay();

        var results = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => Task.Run(() => (i % 2 == 0 ? _shop : other).AdmittedAsync(header))));

        Assert.Single(results, r => r.IsFirst);
        Assert.Equal([Shop.JobIdOf(1)], _shop.Client.InstanceIds);
    }

    [Fact]
    public async Task AdmitAsync_TwentyRacingClaimsWithTwoBodies_OneBodyWins()
    {
        var other = new Shop(_shop.Records, _shop.Client);
        _shop.Records.Before = async (_, _) => await Task.Yield();
        var header = _shop.Pay();

        var results = await Task.WhenAll(
            Task.Run(() => _shop.AdmitAsync(header)), Task.Run(() => other.AdmitAsync(header, Shop.OtherBody)));

        var admitted = Assert.Single(results.OfType<AdmissionResult.Admitted>());
        Assert.Equal(409, Assert.Single(results.OfType<AdmissionResult.Refused>()).Problem.Status);
        Assert.Equal(admitted.Job.Input.Request.Prompt, _shop.Client.InputOf(Shop.JobIdOf(1)).Request.Prompt);
    }

    [Theory]
    [InlineData("used")]
    [InlineData("balance")]
    [InlineData("unsettled")]
    [InlineData("facilitator")]
    public async Task AdmitAsync_AnotherMachineAdmitsThePaymentMeanwhile_IsNotRefusedBecauseOfIt(string seen)
    {
        // Between our look-up and our questions; the payment then looks used, or too much, because it is our own.
        // An honest 409 or 402 here would make the buyer sign again, and pay twice.
        var other = new Shop(_shop.Records, _shop.Client);
        var header = _shop.Pay();
        _shop.Client.Started = id => _shop.Client.Set(id, seen is "balance" or "unsettled"
            ? new JobStatus { State = JobState.PaymentPending, Money = MoneyState.InFlight }
            : Shop.Settled);
        if (seen == "unsettled") _shop.Client.Add(JobSamples.PaidJobOf(9), new JobStatus { State = JobState.PaymentPending, Money = MoneyState.InFlight });
        _shop.Chain.Before = async read =>
        {
            if (read != nameof(IChainReader.BlockAsync)) return;
            var admission = other.AdmitAsync(header);
            Assert.IsType<AdmissionResult.Admitted>(await other.Clock.RunAsync(admission, TimeSpan.FromSeconds(1)));
            if (seen == "used") _shop.Chain.Used.Add(Samples.Nonce(1));
            if (seen == "balance") _shop.Chain.Balance = 420_000;
            if (seen == "facilitator") _shop.Facilitator.Answer(new VerifyOutcome.Invalid("invalid_exact_evm_nonce_already_used", null));
        };

        var result = await _shop.Clock.RunAsync(_shop.AdmitAsync(header), TimeSpan.FromSeconds(1));

        var admitted = Assert.IsType<AdmissionResult.Admitted>(result);
        Assert.Equal((Shop.JobIdOf(1), false), (admitted.Job.Input.JobId, admitted.IsFirst));
    }

    [Fact]
    public async Task AdmitAsync_TwoPaymentsOfOneWalletAtOnce_ShareNoBalance()
    {
        _shop.Chain.Balance = 420_000;
        _shop.Client.Started = id => _shop.Client.Set(id, new JobStatus { State = JobState.PaymentPending, Money = MoneyState.InFlight });
        _shop.Chain.Before = async _ => await Task.Yield();
        string[] headers = [_shop.Pay(nonce: 1), _shop.Pay(nonce: 2)];

        var both = Task.WhenAll(headers.Select(header => Task.Run(() => _shop.AdmitAsync(header))));
        var results = await _shop.Clock.RunAsync(both, TimeSpan.FromSeconds(1));

        Assert.Single(results.OfType<AdmissionResult.Admitted>());
        Assert.Equal("payment_insufficient_balance", Assert.Single(results.OfType<AdmissionResult.Refused>()).Problem.Code);
    }

    [Fact]
    public async Task AdmitAsync_StrangerInTheBuyersName_DoesNotKeepHimWaiting()
    {
        // A signature of another length is left to the facilitator, so the stranger's request hangs there; he cannot prove to
        // be the buyer, and the buyer goes past him.
        var hanging = new TaskCompletionSource<VerifyOutcome>(TaskCreationOptions.RunContinuationsAsynchronously);
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _shop.Facilitator.Verify = authorization =>
        {
            if (authorization.Transfer.Nonce != Samples.Nonce(66)) return Task.FromResult<VerifyOutcome>(new VerifyOutcome.Valid(authorization.Transfer.From));
            reached.TrySetResult();
            return hanging.Task;
        };
        var stranger = _shop.AdmitAsync(_shop.Pay(nonce: 66, signature: "0x" + new string('a', 200)));
        await reached.Task;

        await _shop.AdmittedAsync(_shop.Pay(nonce: 1)).WaitAsync(TimeSpan.FromSeconds(20), TimeProvider.System);

        hanging.SetResult(new VerifyOutcome.Invalid("invalid_exact_evm_payload_signature", null));
        Assert.Equal(402, Assert.IsType<AdmissionResult.Refused>(await stranger).Problem.Status);
    }
}
