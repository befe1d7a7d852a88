using OviFunctions.Activities;
using OviFunctions.Functions;
using OviFunctions.Jobs;
using OviFunctions.Storage;
using OviFunctions.Tests.Admission;
using OviFunctions.Tests.Payments;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Functions;

/// <summary>Who may pay for a locked video, and when.</summary>
public sealed class UnlockFunctionTests
{
    private static readonly VideoJobInput Locked = JobSamples.PaidJobOf(9) with { Plan = JobSamples.Plan with { SettleOnDelivery = true } };

    private readonly Shop _shop = new(("Limits:RequestsPerMinutePerAddress", "4"));
    private readonly UnlockFunction _function;

    public UnlockFunctionTests() => _function = new UnlockFunction(
        _shop.Orders, new VideoModels([_shop.Model]), new JobResources(TestSettings.Read(), _shop.Secrets, _shop.Clock), _shop.Records, _shop.Limits);

    [Fact]
    public async Task Unlock_LockedVideo_IsQuotedAndSoldOnceToItsBuyer()
    {
        await OrderedAsync(JobOutcome.Unpaid);
        Assert.Equal(402, (await UnlockAsync()).Status);
        Assert.Equal((403, "other_wallet"), Brief(await UnlockAsync(("PAYMENT-SIGNATURE", _shop.Pay(signer: Samples.Stranger)))));

        Assert.Equal(202, (await UnlockAsync(("PAYMENT-SIGNATURE", _shop.Pay(nonce: 1)))).Status);

        Assert.Equal(Locked.JobId, _shop.Client.InputOf(Shop.JobIdOf(1)).Unlocks);
        Assert.Equal(202, (await UnlockAsync(("PAYMENT-SIGNATURE", _shop.Pay(nonce: 2)))).Status);
        Assert.Equal([Shop.JobIdOf(1)], _shop.Client.InstanceIds);
    }

    [Theory]
    [InlineData(null)] // it still runs
    [InlineData(JobOutcome.Delivered)]
    [InlineData(JobOutcome.RefundDue)]
    public async Task Unlock_VideoThatIsNotLocked_TakesNoPayment(JobOutcome? outcome)
    {
        await OrderedAsync(outcome);
        Assert.Equal((404, "not_locked"), Brief(await UnlockAsync()));

        var answer = await UnlockAsync(("PAYMENT-SIGNATURE", _shop.Pay(nonce: 1)));

        Assert.Equal((422, "unused"), (answer.Status, answer.Json.GetProperty("payment_state").GetString()));
        Assert.Equal("not_locked", answer.Json.GetProperty("errors")[0].GetProperty("code").GetString());
        Assert.Empty(_shop.Client.InstanceIds);
        Assert.Empty(_shop.Facilitator.Asked);
    }

    [Fact]
    public async Task Unlock_RepeatedAfterTheVideoWasReleased_FindsItsJob()
    {
        await OrderedAsync(JobOutcome.Unpaid);
        Assert.Equal(202, (await UnlockAsync(("PAYMENT-SIGNATURE", _shop.Pay(nonce: 1)))).Status);
        var name = RecordNames.Outcome(Locked.JobId);
        var stored = (await _shop.Records.ReadAsync<OutcomeRecord>(name, default))!;
        await _shop.Records.TryReplaceAsync(name, stored.Value with { Outcome = JobOutcome.Delivered }, stored.Version, default);

        foreach (var payment in new[] { _shop.Pay(nonce: 1), _shop.Pay(nonce: 2) })
        {
            var answer = await UnlockAsync(("PAYMENT-SIGNATURE", payment));
            Assert.Equal((202, Shop.JobIdOf(1)), (answer.Status, answer.Json.GetProperty("job").GetProperty("id").GetString()));
        }
    }

    [Fact]
    public async Task Unlock_JobsThatAreGuessed_AreLimitedByAddress()
    {
        for (var i = 0; i < 4; i++) Assert.Equal((404, "not_locked"), Brief(await UnlockAsync()));
        Assert.Equal((429, "rate_limited"), Brief(await UnlockAsync()));
    }

    private async Task OrderedAsync(JobOutcome? outcome)
    {
        await _shop.Records.TryCreateAsync(RecordNames.Claim(Locked.JobId), JobSamples.ClaimOf(Locked), default);
        if (outcome is { } ended)
            await _shop.Records.TryCreateAsync(RecordNames.Outcome(Locked.JobId), JobSamples.OutcomeOf(Locked, ended) with { Video = JobSamples.Video }, default);
    }

    private async Task<HttpExchange> UnlockAsync(params (string, string)[] headers)
    {
        var exchange = new HttpExchange("POST", $"/v1/videos/jobs/{Locked.JobId}/unlock", headers).WithBody("{}");
        return await exchange.AnswerAsync(await _function.UnlockAsync(exchange.Request, Locked.JobId, _shop.Client, default));
    }

    private static (int, string?) Brief(HttpExchange answer) => (answer.Status, answer.Json.GetProperty("code").GetString());
}
