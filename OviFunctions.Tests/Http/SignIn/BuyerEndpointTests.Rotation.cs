using OviFunctions.Functions;
using OviFunctions.Tests.Payments;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Http.SignIn;

/// <summary>Replacing a job's webhook secret.</summary>
public sealed partial class BuyerEndpointTests
{
    [Fact]
    public async Task Rotate_ByWallet_GivesAnotherSecretEachTime()
    {
        var id = (await AddAsync(1))[0];

        var first = await RotateAsync(id, SignIn());
        var second = await RotateAsync(id, SignIn());

        Assert.Equal((200, id), (first.Status, first.Json.GetProperty("job").GetProperty("id").GetString()));
        Assert.True(_secrets.IsJobToken(Text(first.Json, "job_token"), id));
        string[] secrets = [_secrets.WebhookSecret("k1", id).Reveal(), Text(first.Json, "webhook_secret"), Text(second.Json, "webhook_secret")];
        Assert.Equal(3, secrets.Distinct().Count());
    }

    [Fact]
    public async Task Rotate_ByApiKey_IsForItsJobsOnly()
    {
        var own = OfKey("alice", "1");
        var other = OfKey("bob", "1");
        await AddAsync(own);
        await AddAsync(other);
        var paid = (await AddAsync(1))[0];

        Assert.Equal(200, (await RotateAsync(own.JobId, ApiKey)).Status);
        foreach (var id in new[] { other.JobId, paid, JobSamples.PaidJobOf(9).JobId, "job_x", "" })
            Assert.Equal((404, "job_not_found"), Brief(await RotateAsync(id, ApiKey)));
        Assert.Single(_records.Names, name => name.StartsWith("webhook-secrets/", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Rotate_JobOfAnotherWallet_Is404AsForNoJob()
    {
        var id = (await AddAsync(1))[0];
        var stranger = SignIns.Signed(key: SignIns.StrangersKey, address: Samples.Stranger.Address);

        Assert.Equal((404, "job_not_found"), Brief(await RotateAsync(id, ("SIGN-IN-WITH-X", stranger))));
        Assert.DoesNotContain(_records.Names, name => name.StartsWith("webhook-secrets/", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Rotate_Unsigned_SaysWhatToSign()
    {
        var id = (await AddAsync(1))[0];
        var answer = await RotateAsync(id);

        Assert.Equal((401, "sign_in_required"), Brief(answer));
        Assert.Equal($"{SignIns.ListUri}/{id}/webhook-secret", Text(answer.Json.GetProperty("extensions").GetProperty("sign-in-with-x").GetProperty("info"), "uri"));
    }

    private Task<HttpExchange> RotateAsync(string id, params (string, string)[] headers) => RotateAsync(_function, id, headers);

    private async Task<HttpExchange> RotateAsync(JobListFunction function, string id, params (string, string)[] headers)
    {
        var exchange = new HttpExchange("POST", $"{Path}/{id}/webhook-secret", headers);
        return await exchange.AnswerAsync(await function.RotateAsync(exchange.Request, id, _client, default));
    }
}
