using OviFunctions.Http;
using OviFunctions.Jobs;
using OviFunctions.Payments.Facilitators;
using OviFunctions.Sales;
using OviFunctions.Tests.Payments;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Admission;

/// <summary>Orders that are repeated with a new signature: Idempotency-Key and payment-identifier.</summary>
public sealed class PaymentAliasTests
{
    private const string Identifier = "purchase-0123456789";

    private readonly Shop _shop = new();

    [Fact]
    public async Task AdmitAsync_SameKeyWithANewPayment_IsTheEarlierJobAndTheNewOneIsNotClaimed()
    {
        await _shop.AdmittedAsync(_shop.Pay(nonce: 1), key: "order-1");

        var again = await _shop.AdmittedAsync(_shop.Pay(nonce: 2), key: "order-1");

        Assert.Equal((Shop.JobIdOf(1), false, true), (again.Job.Input.JobId, again.IsFirst, again.ShowToken));
        Assert.Equal([Shop.JobIdOf(1)], _shop.Client.InstanceIds);
        Assert.DoesNotContain(RecordNames.Claim(Shop.JobIdOf(2)), _shop.Records.Names);
    }

    [Fact]
    public async Task AdmitAsync_SameKeyLongAfterTheFirstPaymentExpired_ShowsTheToken()
    {
        // The new payment proves who asks: unlike the first one it is on no chain.
        await _shop.AdmittedAsync(_shop.Pay(nonce: 1), key: "order-1");
        _shop.Clock.Advance(TimeSpan.FromDays(1));

        Assert.True((await _shop.AdmittedAsync(_shop.Pay(nonce: 2), key: "order-1")).ShowToken);
    }

    [Fact]
    public async Task AdmitAsync_SamePaymentIdentifierWithANewPayment_IsTheEarlierJob()
    {
        await _shop.AdmittedAsync(_shop.Pay(nonce: 1, identifier: Identifier));

        var again = await _shop.AdmittedAsync(_shop.Pay(nonce: 2, identifier: Identifier));

        Assert.Equal(Shop.JobIdOf(1), again.Job.Input.JobId);
        Assert.Equal([Shop.JobIdOf(1)], _shop.Client.InstanceIds);
    }

    [Fact]
    public async Task AdmitAsync_KeyAndIdentifierOfOneText_AreDifferentAliases()
    {
        await _shop.AdmittedAsync(_shop.Pay(nonce: 1), key: Identifier);
        await _shop.AdmittedAsync(_shop.Pay(nonce: 2, identifier: Identifier));

        Assert.Equal(2, _shop.Client.InstanceIds.Count);
    }

    [Fact]
    public async Task AdmitAsync_SameKeyWithAnotherBody_Is409AndTheNewPaymentIsUnused()
    {
        await _shop.AdmittedAsync(_shop.Pay(nonce: 1), key: "order-1");

        var problem = await _shop.RefusedAsync(_shop.Pay(nonce: 2), Shop.OtherBody, key: "order-1");

        Assert.Equal((409, "bound_to_another_request", RetryAction.Abandon), (problem.Status, problem.Code, problem.RetryAction));
        Assert.DoesNotContain(RecordNames.Claim(Shop.JobIdOf(2)), _shop.Records.Names);
    }

    [Fact]
    public async Task AdmitAsync_SameKeyOfAnotherWallet_IsItsOwnOrder()
    {
        await _shop.AdmittedAsync(_shop.Pay(nonce: 1), key: "order-1");

        var other = await _shop.AdmittedAsync(_shop.Pay(nonce: 1, signer: Samples.Stranger), key: "order-1");

        Assert.Equal((Shop.JobIdOf(1, Samples.Stranger), true), (other.Job.Input.JobId, other.IsFirst));
    }

    [Fact]
    public async Task AdmitAsync_WalletWasEmptiedByTheFirstPayment_StillFindsTheOrder()
    {
        // A client that lost the answer signs anew; its money is where it should be.
        await _shop.AdmittedAsync(_shop.Pay(nonce: 1), key: "order-1");
        _shop.Chain.Balance = 0;
        _shop.Facilitator.Answer(new VerifyOutcome.Invalid("insufficient_funds", null));

        Assert.Equal(Shop.JobIdOf(1), (await _shop.AdmittedAsync(_shop.Pay(nonce: 2), key: "order-1")).Job.Input.JobId);
        Assert.Equal("payment_insufficient_balance", (await _shop.RefusedAsync(_shop.Pay(nonce: 3), key: "order-2")).Code);
    }

    [Fact]
    public async Task AdmitAsync_NothingIsSoldAnyMore_StillFindsTheOrder()
    {
        // Paused, full, or the payer is blocked: what he has bought is his.
        await _shop.AdmittedAsync(_shop.Pay(nonce: 1), key: "order-1");
        _shop.Gates.Add(new ClosedGate());

        Assert.Equal(Shop.JobIdOf(1), (await _shop.AdmittedAsync(_shop.Pay(nonce: 2), key: "order-1")).Job.Input.JobId);
        Assert.Equal("closed", (await _shop.RefusedAsync(_shop.Pay(nonce: 3), key: "order-2")).Code);
    }

    [Fact]
    public async Task AdmitAsync_SignatureOfAPaymentToAnotherStore_FindsNothing()
    {
        // Such signatures are on the chain, for everybody to copy.
        await _shop.AdmittedAsync(_shop.Pay(nonce: 1), key: "order-1");
        var elsewhere = _shop.Pay(nonce: 2, change: transfer => transfer with { To = Samples.Stranger.Address });
        var over = _shop.Pay(nonce: 3, change: transfer => transfer with { ValidBefore = (ulong)_shop.Clock.GetUtcNow().ToUnixTimeSeconds() });

        Assert.Equal(402, (await _shop.RefusedAsync(elsewhere, key: "order-1")).Status);
        Assert.Equal(402, (await _shop.RefusedAsync(over, key: "order-1")).Status);
    }

    [Fact]
    public async Task AdmitAsync_TwoUnsettledOrders_StillFindThemselves()
    {
        await _shop.AdmittedAsync(_shop.Pay(nonce: 1), key: "order-1");
        await _shop.AdmittedAsync(_shop.Pay(nonce: 2), key: "order-2");
        _shop.Client.Set(Shop.JobIdOf(1), new JobStatus { State = JobState.PaymentPending, Money = MoneyState.InFlight });
        _shop.Client.Set(Shop.JobIdOf(2), new JobStatus { State = JobState.PaymentPending, Money = MoneyState.InFlight });

        var again = await _shop.Clock.RunAsync(_shop.AdmittedAsync(_shop.Pay(nonce: 3), key: "order-1"), TimeSpan.FromSeconds(1));

        Assert.Equal(Shop.JobIdOf(1), again.Job.Input.JobId);
    }

    [Fact]
    public async Task AdmitAsync_SmartWallet_IsAnsweredOnlyWhenAFacilitatorProvedIt()
    {
        // Its signature says nothing to us: anybody could write the wallet's address.
        var signature = "0x" + new string('a', 200);
        await _shop.AdmittedAsync(_shop.Pay(nonce: 1, signature: signature), key: "order-1");

        _shop.Facilitator.Answer(new VerifyOutcome.Invalid("invalid_exact_evm_payload_signature", null));
        Assert.Equal(402, (await _shop.RefusedAsync(_shop.Pay(nonce: 2, signature: signature), key: "order-1")).Status);

        _shop.Facilitator.Answer(new VerifyOutcome.Valid(Samples.Buyer.Address));
        Assert.Equal(Shop.JobIdOf(1), (await _shop.AdmittedAsync(_shop.Pay(nonce: 2, signature: signature), key: "order-1")).Job.Input.JobId);
    }

    [Fact]
    public async Task AdmitAsync_EarlierPaymentNeverCame_TheKeyIsFreeForANewOne()
    {
        await _shop.AdmittedAsync(_shop.Pay(nonce: 1), key: "order-1");
        var unpaid = JobErrors.Unpaid("insufficient_funds");
        _shop.Client.Set(Shop.JobIdOf(1), new JobStatus { State = JobState.Failed, Outcome = JobOutcome.Unpaid, Error = unpaid });
        await _shop.Records.TryCreateAsync(
            RecordNames.Outcome(Shop.JobIdOf(1)), JobSamples.OutcomeOf(_shop.Client.InputOf(Shop.JobIdOf(1)), JobOutcome.Unpaid, unpaid), default);

        var next = await _shop.AdmittedAsync(_shop.Pay(nonce: 2), key: "order-1");

        Assert.Equal((Shop.JobIdOf(2), true), (next.Job.Input.JobId, next.IsFirst));
        Assert.Equal(Shop.JobIdOf(2), (await _shop.AdmittedAsync(_shop.Pay(nonce: 3), key: "order-1")).Job.Input.JobId);
    }

    [Fact]
    public async Task AdmitAsync_EarlierOrderWasClaimedAndNotStarted_IsStartedByTheRepeat()
    {
        _shop.Client.BeforeStart = _ => throw new TimeoutException("crash");
        await Assert.ThrowsAsync<TimeoutException>(() => _shop.AdmitAsync(_shop.Pay(nonce: 1), key: "order-1"));
        _shop.Client.BeforeStart = null;

        var again = await _shop.AdmittedAsync(_shop.Pay(nonce: 2), key: "order-1");

        Assert.Equal(Shop.JobIdOf(1), again.Job.Input.JobId);
        Assert.Equal([Shop.JobIdOf(1)], _shop.Client.InstanceIds);
    }

    [Theory]
    [InlineData(Shop.Body, null)]
    [InlineData(Shop.OtherBody, 409)]
    public async Task AdmitAsync_AnotherMachineTookTheKeyAfterTheLookUp_OnlyOneJobRuns(string body, int? refusal)
    {
        // The other machine's order comes between our claim and our hold of the key.
        var other = new Shop(_shop.Records, _shop.Client);
        _shop.Records.After = async (call, name) =>
        {
            if (call != RecordCall.Create || name != RecordNames.Claim(Shop.JobIdOf(2))) return;
            _shop.Records.After = null;
            await other.AdmittedAsync(other.Pay(nonce: 1), key: "order-1");
        };

        if (refusal is { } status) Assert.Equal(status, (await _shop.RefusedAsync(_shop.Pay(nonce: 2), body, key: "order-1")).Status);
        else Assert.Equal(Shop.JobIdOf(1), (await _shop.AdmittedAsync(_shop.Pay(nonce: 2), body, key: "order-1")).Job.Input.JobId);
        Assert.Equal([Shop.JobIdOf(1)], _shop.Client.InstanceIds);

        // And the same for the identical request again, whose claim is superseded.
        if (refusal is { } again) Assert.Equal(again, (await _shop.RefusedAsync(_shop.Pay(nonce: 2), body, key: "order-1")).Status);
        else Assert.Equal(Shop.JobIdOf(1), (await _shop.AdmittedAsync(_shop.Pay(nonce: 2), body, key: "order-1")).Job.Input.JobId);
        Assert.Equal([Shop.JobIdOf(1)], _shop.Client.InstanceIds);
    }

    [Fact]
    public async Task AdmitAsync_KeyOfAnOrderThatWasItselfSuperseded_LeadsToTheJobThatRuns()
    {
        // Order 2 took its key, then lost its identifier to order 1: the key's holder is not the job that runs. The identifier
        // is out of sight while order 2 looks it up, as it was before order 1 had come so far.
        await _shop.AdmittedAsync(_shop.Pay(nonce: 1, identifier: Identifier));
        var taken = RecordNames.Alias((await ClaimOfAsync(1)).Aliases.Single());
        await _shop.Records.DeleteAsync(taken, default);
        _shop.Records.After = async (call, name) =>
        {
            if (call != RecordCall.Create || name != RecordNames.Claim(Shop.JobIdOf(2))) return;
            _shop.Records.After = null;
            await _shop.Records.TryCreateAsync(taken, new AliasRecord(Shop.JobIdOf(1)), default);
        };
        Assert.Equal(Shop.JobIdOf(1), (await _shop.AdmittedAsync(_shop.Pay(nonce: 2, identifier: Identifier), key: "order-2")).Job.Input.JobId);

        Assert.Equal(Shop.JobIdOf(1), (await _shop.AdmittedAsync(_shop.Pay(nonce: 3), key: "order-2")).Job.Input.JobId);
        Assert.Equal([Shop.JobIdOf(1)], _shop.Client.InstanceIds);
    }

    private async Task<Claim> ClaimOfAsync(byte nonce) => (await _shop.Records.ReadAsync<Claim>(RecordNames.Claim(Shop.JobIdOf(nonce)), default))!.Value;

    private sealed class ClosedGate : ISalesGate
    {
        public ValueTask<Problem?> WhyClosedAsync(Sale sale, CancellationToken cancellationToken) => new(new Problem(503, "closed", "Closed."));
    }
}
