using OviFunctions.Admission;
using OviFunctions.Http;
using OviFunctions.Jobs;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Admission;

/// <summary>Orders by API key.</summary>
public sealed class ApiKeyAdmissionTests
{
    private readonly Shop _shop = new();

    [Fact]
    public async Task AdmitAsync_KnownKey_IsClaimedAndStarted()
    {
        var admitted = await AdmittedAsync(_shop, "order-1");

        var jobId = JobIdentity.ForApiKey("alice", "order-1");
        Assert.Equal((jobId, true, true), (admitted.Job.Input.JobId, admitted.IsFirst, admitted.ShowToken));
        var input = _shop.Client.InputOf(jobId);
        Assert.Equal("alice", input.ApiKeyId);
        Assert.Null(input.Payment);
        Assert.Equal([RecordNames.Claim(jobId), RecordNames.ApiKey(JobIdentity.BuyerPrefix(jobId))], _shop.Records.Names);
        Assert.Equal(0, _shop.Chain.Calls);
    }

    [Fact]
    public async Task AdmitAsync_SameIdempotencyKey_IsTheSameJobWithoutTheSecret()
    {
        var first = await AdmittedAsync(_shop, "order-1");
        var second = await AdmittedAsync(_shop, "order-1");

        Assert.Equal((first.Job.Input.JobId, false, true), (second.Job.Input.JobId, second.IsFirst, second.ShowToken));
        Assert.Single(_shop.Client.InstanceIds);
    }

    [Fact]
    public async Task AdmitAsync_SameIdempotencyKeyWithAnotherBody_Is409()
    {
        await AdmittedAsync(_shop, "order-1");

        AssertRefused(409, "bound_to_another_request", await _shop.ByApiKey.AdmitAsync(_shop.Order(Shop.OtherBody, "order-1"), TestSettings.ApiKey, _shop.Client, default));
        AssertRefused(409, "bound_to_another_request", await _shop.ByApiKey.AdmitAsync(_shop.Order("{", "order-1"), TestSettings.ApiKey, _shop.Client, default));
    }

    [Fact]
    public async Task AdmitAsync_KnownOrderThatIsNoLongerValid_IsAnswered()
    {
        await AdmittedAsync(_shop, "order-1");
        const string old = """{"image_url":"https://example.com/dog.jpg"}""";
        var name = RecordNames.Claim(JobIdentity.ForApiKey("alice", "order-1"));
        var claim = (await _shop.Records.ReadAsync<Claim>(name, default))!;
        var input = claim.Value.Input with { Fingerprint = _shop.Order(old).Fingerprint! };
        await _shop.Records.TryReplaceAsync(name, claim.Value with { Input = input }, claim.Version, default);

        Assert.IsType<AdmissionResult.Admitted>(await _shop.ByApiKey.AdmitAsync(_shop.Order(old, "order-1"), TestSettings.ApiKey, _shop.Client, default));
    }

    [Theory]
    [InlineData("")]
    [InlineData("ovt_k1_AAAA")]
    [InlineData("ovi_unknown")]
    public async Task AdmitAsync_UnknownKey_Is401(string key)
    {
        AssertRefused(401, "unauthorized", await _shop.ByApiKey.AdmitAsync(_shop.Order(Shop.Body, "order-1"), key, _shop.Client, default));
        Assert.Empty(_shop.Records.Names);
    }

    [Fact]
    public async Task AdmitAsync_KeySwitchedOff_Is401()
    {
        var shop = new Shop(("ApiKeys:0:Enabled", "false"));

        AssertRefused(401, "unauthorized", await shop.ByApiKey.AdmitAsync(shop.Order(Shop.Body, "order-1"), TestSettings.ApiKey, shop.Client, default));
    }

    [Fact]
    public async Task AdmitAsync_NoIdempotencyKey_IsRefusedUnlessTheKeyAllowsIt()
    {
        var problem = AssertRefused(
            400, "idempotency_key_required", await _shop.ByApiKey.AdmitAsync(_shop.Order(Shop.Body), TestSettings.ApiKey, _shop.Client, default));
        Assert.Equal(RetryAction.Abandon, problem.RetryAction); // the identical request would fail for ever
        Assert.Empty(_shop.Records.Names);

        var shop = new Shop(("ApiKeys:0:RequireIdempotencyKey", "false"));
        await AdmittedAsync(shop, key: null);
        await AdmittedAsync(shop, key: null);
        Assert.Equal(2, shop.Client.InstanceIds.Count);
    }

    [Fact]
    public async Task AdmitAsync_WrongOrder_IsRefusedAndNothingIsWritten()
    {
        var problem = AssertRefused(
            422, "invalid_request", await _shop.ByApiKey.AdmitAsync(_shop.Order("""{"prompt":"x"}""", "order-1"), TestSettings.ApiKey, _shop.Client, default));

        Assert.Equal((RetryAction.Abandon, null), (problem.RetryAction, problem.PaymentState));
        Assert.Empty(_shop.Records.Names);
    }

    [Fact]
    public async Task AdmitAsync_TwentyAtOnce_OneJobOneSecret()
    {
        var other = new Shop(_shop.Records, _shop.Client);
        _shop.Records.Before = async (_, _) => await Task.Yield();

        var results = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => Task.Run(() => AdmittedAsync(i % 2 == 0 ? _shop : other, "order-1"))));

        Assert.Single(results, r => r.IsFirst);
        Assert.Single(_shop.Client.InstanceIds);
    }

    [Fact]
    public async Task AdmitAsync_CrashBetweenClaimAndStart_NextRequestStarts()
    {
        _shop.Client.BeforeStart = _ => throw new TimeoutException("crash");
        await Assert.ThrowsAsync<TimeoutException>(() => AdmittedAsync(_shop, "order-1"));
        _shop.Client.BeforeStart = null;

        await AdmittedAsync(_shop, "order-1");

        Assert.Single(_shop.Client.InstanceIds);
    }

    [Fact]
    public async Task AdmitAsync_BuyerHangsUpAfterTheClaim_JobIsStartedAllTheSame()
    {
        using var left = new CancellationTokenSource();
        _shop.Records.After = (call, name) => call == RecordCall.Create && name.StartsWith("claims/", StringComparison.Ordinal)
            ? left.CancelAsync()
            : Task.CompletedTask;

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => _shop.ByApiKey.AdmitAsync(_shop.Order(Shop.Body, "order-1"), TestSettings.ApiKey, _shop.Client, left.Token));

        Assert.Single(_shop.Client.InstanceIds);
    }

    private static async Task<AdmissionResult.Admitted> AdmittedAsync(Shop shop, string? key) => Assert.IsType<AdmissionResult.Admitted>(
        await shop.ByApiKey.AdmitAsync(shop.Order(Shop.Body, key), TestSettings.ApiKey, shop.Client, default));

    private static Problem AssertRefused(int status, string code, AdmissionResult result)
    {
        var problem = Assert.IsType<AdmissionResult.Refused>(result).Problem;
        Assert.Equal((status, code), (problem.Status, problem.Code));
        return problem;
    }
}
