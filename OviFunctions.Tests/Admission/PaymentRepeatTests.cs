using System.Text.Json.Nodes;
using OviFunctions.Admission;
using OviFunctions.Http;
using OviFunctions.Jobs;
using OviFunctions.Payments.Chain;
using OviFunctions.Payments.Facilitators;
using OviFunctions.Payments.Refunds;
using OviFunctions.Tests.Payments;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Admission;

/// <summary>The same payment again (payments.md section 3).</summary>
public sealed class PaymentRepeatTests
{
    private readonly Shop _shop = new();

    [Fact]
    public async Task AdmitAsync_IdenticalRequest_IsTheSameJobWithoutTheSecret()
    {
        var header = _shop.Pay();
        var first = await _shop.AdmittedAsync(header);

        var second = await _shop.AdmittedAsync(header);

        Assert.Equal(first.Job.Input.JobId, second.Job.Input.JobId);
        Assert.Equal((true, false), (first.IsFirst, second.IsFirst));
        Assert.True(second.ShowToken);
        Assert.Single(_shop.Client.InstanceIds);
        Assert.Single(_shop.Facilitator.Asked);
    }

    [Fact]
    public async Task AdmitAsync_OtherSpellingsOfOneRequest_AreTheSameJob()
    {
        await _shop.AdmittedAsync(_shop.Pay());
        var spelled = _shop.Pay(edit: payment =>
        {
            var authorization = payment["payload"]!["authorization"]!.AsObject();
            foreach (var name in new[] { "from", "to", "nonce" })
                authorization[name] = "0x" + ((string)authorization[name]!)[2..].ToUpperInvariant();
            payment["payload"]!["extra"] = new JsonObject { ["assetTransferMethod"] = "permit2" };
        });

        var again = await _shop.AdmittedAsync(spelled, """{ "image_url" : "https:\/\/example.com\/dog.jpg", "prompt" : "A d\u006fg barks" }""");

        Assert.Equal((Shop.JobIdOf(1), false), (again.Job.Input.JobId, again.IsFirst));
        Assert.Single(_shop.Client.InstanceIds);
    }

    [Fact]
    public async Task AdmitAsync_TheNextRelease_StillKnowsThePayment()
    {
        // Another price, another payee, stricter rules (the webhook's host is no longer allowed), payments expired,
        // chain and facilitator down: none of it matters for what was admitted.
        const string body = """{"prompt":"x","image_url":"https://example.com/dog.jpg","webhook_url":"http://127.0.0.1:9009/hook"}""";
        var header = _shop.Pay();
        await _shop.AdmittedAsync(header, body);
        var next = new Shop(_shop.Records, _shop.Client, ("Prices:OviImageToVideo", "99"), ("Payments:PayTo", Samples.Stranger.Address.ToString()));
        next.Clock.Advance(TimeSpan.FromDays(1));
        next.Chain.Down.UnionWith([nameof(IChainReader.BlockAsync), nameof(IChainReader.BalanceAsync), nameof(IChainReader.AuthorizationUsedAsync)]);
        next.Facilitator.Answer(new VerifyOutcome.Unreachable("down"));

        var again = await next.AdmittedAsync(header, body);

        Assert.Equal((Shop.JobIdOf(1), false), (again.Job.Input.JobId, again.IsFirst));
        Assert.Equal(420_000, again.Job.Input.PriceAtomic);
        Assert.Equal(0, next.Chain.Calls);
    }

    [Theory]
    [InlineData("Payments:Enabled", "false")]
    [InlineData("Payments:Network", "base-sepolia")]
    public async Task AdmitAsync_SalesHaveEndedSince_TheBuyerStillFindsWhatHePaidFor(string key, string value)
    {
        var header = _shop.Pay();
        await _shop.AdmittedAsync(header);
        var next = new Shop(_shop.Records, _shop.Client, (key, value));

        var again = await next.AdmittedAsync(header);

        Assert.Equal((Shop.JobIdOf(1), MoneyState.Settled), (again.Job.Input.JobId, again.Job.Status.Money));
        Assert.Equal(PaymentState.Unused, (await next.RefusedAsync(_shop.Pay(nonce: 2))).PaymentState);
    }

    [Fact]
    public async Task AdmitAsync_BodyThatIsNoLongerValid_StillFindsItsJob()
    {
        var header = _shop.Pay();
        await _shop.AdmittedAsync(header);
        // As if an earlier release had taken what this one refuses: the claim's fingerprint is that of a body without a prompt.
        const string old = """{"image_url":"https://example.com/dog.jpg"}""";
        var name = RecordNames.Claim(Shop.JobIdOf(1));
        var claim = (await _shop.Records.ReadAsync<Claim>(name, default))!;
        var input = claim.Value.Input with { Fingerprint = _shop.Order(old).Fingerprint! };
        Assert.True(await _shop.Records.TryReplaceAsync(name, claim.Value with { Input = input }, claim.Version, default));

        Assert.False((await _shop.AdmittedAsync(header, old)).IsFirst);
    }

    [Fact]
    public async Task AdmitAsync_UntilTheAuthorizationExpires_TheTokenIsShown()
    {
        var header = _shop.Pay();
        await _shop.AdmittedAsync(header);

        _shop.Clock.Advance(TimeSpan.FromSeconds(299));
        Assert.True((await _shop.AdmittedAsync(header)).ShowToken);
        _shop.Clock.Advance(TimeSpan.FromSeconds(1));
        // Payer, nonce and signature are on the chain, for everybody to send.
        Assert.False((await _shop.AdmittedAsync(header)).ShowToken);
    }

    [Fact]
    public async Task AdmitAsync_OtherBody_SaysWhatBecameOfThePayment()
    {
        var header = _shop.Pay();
        var job = await _shop.AdmittedAsync(header);
        Assert.Equal(PaymentState.Settled, (await _shop.RefusedAsync(header, Shop.OtherBody)).PaymentState);

        var id = job.Job.Input.JobId;
        _shop.Client.Set(id, new JobStatus { State = JobState.PaymentPending, Money = MoneyState.InFlight });
        Assert.Equal(PaymentState.InFlight, (await _shop.RefusedAsync(header, Shop.OtherBody)).PaymentState);

        _shop.Client.Set(id, new JobStatus { State = JobState.Failed, Outcome = JobOutcome.Unpaid });
        Assert.Equal(PaymentState.Unused, (await _shop.RefusedAsync(header, Shop.OtherBody)).PaymentState);

        _shop.Client.Set(id, new JobStatus { State = JobState.Failed, Money = MoneyState.Settled, Outcome = JobOutcome.RefundDue });
        await _shop.Records.TryCreateAsync(RecordNames.Refund(id), new RefundRecord
        {
            Refund = JobRefunds.Of(job.Job.Input, error: null), State = RefundState.Refunded, At = _shop.Clock.GetUtcNow(),
        }, default);
        Assert.Equal(PaymentState.Refunded, (await _shop.RefusedAsync(header, Shop.OtherBody)).PaymentState);
    }

    [Fact]
    public async Task AdmitAsync_OtherBody_Is409AndTheThirdTimeOn429()
    {
        var header = _shop.Pay();
        await _shop.AdmittedAsync(header);

        AssertMismatch(409, "bound_to_another_request", await _shop.RefusedAsync(header, Shop.OtherBody));
        AssertMismatch(409, "bound_to_another_request", await _shop.RefusedAsync(header, "not even json"));
        AssertMismatch(429, "too_many_mismatches", await _shop.RefusedAsync(header, Shop.OtherBody));
        AssertMismatch(429, "too_many_mismatches", await _shop.RefusedAsync(header, Shop.OtherBody));

        // The buyer himself is not locked out by somebody else's guessing.
        Assert.Equal(Shop.JobIdOf(1), (await _shop.AdmittedAsync(header)).Job.Input.JobId);
    }

    [Fact]
    public async Task AdmitAsync_SameNonceWithAnotherSignedContent_Is409()
    {
        await _shop.AdmittedAsync(_shop.Pay());

        AssertMismatch(409, "bound_to_another_request", await _shop.RefusedAsync(_shop.Pay(change: t => t with { ValidBefore = new(t.ValidBefore.Value + 1) })));
    }

    [Fact]
    public async Task AdmitAsync_SomebodyWhoReadTheNonceOnTheChain_GetsNothing()
    {
        var header = _shop.Pay();
        await _shop.AdmittedAsync(header);

        // He can repeat the payment, but not the request that it was bound to.
        AssertMismatch(409, "bound_to_another_request", await _shop.RefusedAsync(_shop.Pay(signature: "0x" + new string('a', 130))));
        AssertMismatch(409, "bound_to_another_request", await _shop.RefusedAsync(header, """{"prompt":"a guess","image_url":"https://example.com/dog.jpg"}"""));
    }

    [Fact]
    public async Task AdmitAsync_IdempotencyKeyMissingOrChanged_Is409()
    {
        var header = _shop.Pay();
        await _shop.AdmittedAsync(header, key: "order-1");

        AssertMismatch(409, "bound_to_another_request", await _shop.RefusedAsync(header));
        AssertMismatch(409, "bound_to_another_request", await _shop.RefusedAsync(header, key: "order-2"));
        await _shop.AdmittedAsync(header, key: "order-1");
    }

    [Fact]
    public async Task AdmitAsync_CrashBetweenClaimAndStart_NextRequestStarts()
    {
        var header = _shop.Pay();
        _shop.Client.BeforeStart = _ => throw new TimeoutException("crash");
        await Assert.ThrowsAsync<TimeoutException>(() => _shop.AdmitAsync(header));
        Assert.Empty(_shop.Client.InstanceIds);
        _shop.Client.BeforeStart = null;
        _shop.Chain.Used.Add(Samples.Nonce(1)); // nobody asks any more

        var again = await _shop.AdmittedAsync(header);

        Assert.Equal([Shop.JobIdOf(1)], _shop.Client.InstanceIds);
        Assert.False(again.IsFirst);
        Assert.DoesNotContain(RecordNames.OpenClaim(Shop.JobIdOf(1)), _shop.Records.Names);
    }

    [Fact]
    public async Task AdmitAsync_ClaimWasWrittenAndItsAnswerLost_NextRequestStarts()
    {
        var header = _shop.Pay();
        _shop.Records.After = (call, name) => call == RecordCall.Create && name == RecordNames.Claim(Shop.JobIdOf(1))
            ? throw new Azure.RequestFailedException(503, "ServerBusy")
            : Task.CompletedTask;
        await Assert.ThrowsAsync<Azure.RequestFailedException>(() => _shop.AdmitAsync(header));
        _shop.Records.After = null;

        await _shop.AdmittedAsync(header);

        Assert.Equal([Shop.JobIdOf(1)], _shop.Client.InstanceIds);
    }

    [Fact]
    public async Task AdmitAsync_JobThatWasPurged_IsNotRunAgain()
    {
        var header = _shop.Pay();
        await _shop.AdmittedAsync(header);
        await _shop.Records.TryCreateAsync(RecordNames.Outcome(Shop.JobIdOf(1)),
            JobSamples.OutcomeOf(_shop.Client.InputOf(Shop.JobIdOf(1)), JobOutcome.Delivered, transaction: JobSamples.Transaction), default);
        _shop.Client.Purge(Shop.JobIdOf(1));

        var again = await _shop.AdmittedAsync(header);

        Assert.Empty(_shop.Client.InstanceIds);
        Assert.Equal((JobState.Succeeded, MoneyState.Settled), (again.Job.Status.State, again.Job.Status.Money));
    }

    private static void AssertMismatch(int status, string code, Problem problem) =>
        Assert.Equal((status, code, RetryAction.Resign), (problem.Status, problem.Code, problem.RetryAction));
}
