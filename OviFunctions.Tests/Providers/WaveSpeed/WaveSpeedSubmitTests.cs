using System.Text.Json;
using OviFunctions.Providers;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Providers.WaveSpeed;

public sealed class WaveSpeedSubmitTests
{
    private const string Created = """
        {"code":200,"message":"success","data":{"id":"p-1","model":"character-ai/ovi/image-to-video","outputs":[],
         "urls":{"get":"https://api.wavespeed.ai/api/v3/predictions/p-1/result"},"has_nsfw_contents":null,"status":"created","error":""}}
        """;

    private readonly WaveSpeedAccount _account = new();

    [Fact]
    public async Task SubmitAsync_Always_SendsWhatWaveSpeedDocuments()
    {
        var sent = await SendAsync(_account, ProviderRequests.Image());

        Assert.Equal("POST", sent.Method);
        Assert.Equal(
            "https://api.wavespeed.ai/api/v3/character-ai/ovi/image-to-video?webhook=https%3A%2F%2Fovi.example%2Fv1%2Fcallbacks%2Faccount%2Ft0ken%3Fa%3D1%26b%3D2",
            sent.Url.AbsoluteUri);
        Assert.Equal($"Bearer {WaveSpeedAccount.Key}", sent.Headers["Authorization"]);
        AssertJson("""{"prompt":"A cat says <S>hello<E>.","image":"https://ovi.example/v1/images/job_1?token=s3cret&kid=1","seed":42}""", sent.Body);
    }

    [Fact]
    public async Task SubmitAsync_TextOnly_GoesToTheOtherModelWithoutAnImage()
    {
        var sent = await SendAsync(_account, ProviderRequests.Image() with { Model = "ovi/text-to-video", ImageUrl = null });

        Assert.Equal("/api/v3/character-ai/ovi/text-to-video", sent.Url.AbsolutePath);
        AssertJson("""{"prompt":"A cat says <S>hello<E>.","seed":42}""", sent.Body);
    }

    [Fact]
    public async Task SubmitAsync_WithoutASecret_AsksForNoCallbackThatCouldNotBeBelieved()
    {
        var account = new WaveSpeedAccount(secret: null);

        Assert.Equal("", (await SendAsync(account, ProviderRequests.Image())).Url.Query);
        Assert.False(account.Provider.CallsBack);
        Assert.True(_account.Provider.CallsBack);
    }

    [Fact]
    public async Task SubmitAsync_Created_IsAcceptedWithItsUrl()
    {
        _account.WaveSpeed.Answer(200, Created);

        var accepted = Assert.IsType<SubmitResult.Accepted>(await SubmitAsync());

        Assert.Equal(("p-1", "ovi/image-to-video"), (accepted.Job.RequestId, accepted.Job.Model));
        Assert.Equal("https://api.wavespeed.ai/api/v3/predictions/p-1/result", accepted.Job.Urls!["response"]);
    }

    [Theory]
    [InlineData("https://api.wavespeed.ai.evil.example/p")]
    [InlineData("http://api.wavespeed.ai/p")]
    [InlineData("https://key@api.wavespeed.ai/p")]
    [InlineData("//evil.example/p")]
    public async Task SubmitAsync_UrlElsewhere_IsNotKept(string url)
    {
        _account.WaveSpeed.Answer(200, Created.Replace("https://api.wavespeed.ai/api/v3/predictions/p-1/result", url, StringComparison.Ordinal));

        Assert.Empty(Assert.IsType<SubmitResult.Accepted>(await SubmitAsync()).Job.Urls!);
    }

    [Theory]
    [InlineData(400, """{"code":400,"message":"property \"image\" is required"}""", FailureClass.InvalidInput, "400")]
    [InlineData(400, """{"code":1400,"message":"missing"}""", FailureClass.InvalidInput, "1400")]
    [InlineData(400, """{"code":1401,"message":"seed"}""", FailureClass.InvalidInput, "1401")]
    [InlineData(400, """{"code":1402,"message":"no access"}""", FailureClass.InputUnreachable, "1402")]
    [InlineData(400, """{"code":1200,"message":"sensitive"}""", FailureClass.ContentPolicy, "1200")]
    [InlineData(200, """{"code":1200,"message":"sensitive","data":null}""", FailureClass.ContentPolicy, "1200")]
    [InlineData(200, """{"code":401,"message":"bad key"}""", FailureClass.ProviderUnavailable, "401")]
    [InlineData(401, """{"code":401,"message":"bad key"}""", FailureClass.ProviderUnavailable, "401")]
    [InlineData(403, "<html>no</html>", FailureClass.ProviderUnavailable, "403")]
    [InlineData(402, "{}", FailureClass.ProviderCredits, "402")]
    [InlineData(403, """{"code":403,"message":"Insufficient balance, please top up"}""", FailureClass.ProviderCredits, "403")]
    [InlineData(400, """{"code":400,"message":"Insufficient credits"}""", FailureClass.ProviderCredits, "400")]
    [InlineData(404, """{"code":404,"message":"no such model"}""", FailureClass.ProviderUnavailable, "404")]
    [InlineData(410, "", FailureClass.ProviderUnavailable, "410")]
    [InlineData(429, """{"code":429,"message":"slow down"}""", FailureClass.RateLimited, "429")]
    public async Task SubmitAsync_Refusal_IsRejectedInOurTerms(int status, string body, FailureClass expected, string code)
    {
        _account.WaveSpeed.Answer(status, body);

        var rejected = Assert.IsType<SubmitResult.Rejected>(await SubmitAsync());

        Assert.Equal((expected, code), (rejected.Failure.Class, rejected.Failure.Code));
    }

    /// <summary>What the next job would meet as well; a gateway's page speaks for nobody.</summary>
    [Theory]
    [InlineData(401, """{"code":401,"message":"Unauthorized"}""", true, false)]
    [InlineData(200, """{"code":401,"message":"Unauthorized"}""", true, false)]
    [InlineData(402, """{"code":402,"message":"Pay first"}""", true, false)]
    [InlineData(400, """{"code":400,"message":"Insufficient credits"}""", true, false)]
    [InlineData(404, """{"code":404,"message":"product not found"}""", true, true)]
    [InlineData(410, """{"message":"gone"}""", true, true)]
    [InlineData(401, "<html>sign in to the wifi</html>", false, false)]
    [InlineData(402, "<html>deployment disabled</html>", false, false)]
    [InlineData(404, "<html>nginx</html>", false, false)]
    [InlineData(404, "404 page not found", false, false)]
    [InlineData(403, """{"code":403,"message":"no"}""", false, false)]
    [InlineData(429, """{"code":429,"message":"slow down"}""", false, false)]
    [InlineData(200, """{"code":1401,"message":"invalid parameter"}""", false, false)]
    public async Task SubmitAsync_RefusalOfEveryJob_IsTheAccountsFault(int status, string body, bool isOurs, bool isModelGone)
    {
        _account.WaveSpeed.Answer(status, body);

        var failure = Assert.IsType<SubmitResult.Rejected>(await SubmitAsync()).Failure;

        Assert.Equal((isOurs, isModelGone), (failure.IsOurs, failure.IsModelGone));
    }

    [Theory]
    [InlineData(500, """{"code":5000,"message":"internal"}""")]
    [InlineData(502, "<html>nginx</html>")]
    [InlineData(503, """{"code":5003,"message":"unavailable"}""")]
    [InlineData(504, "")]
    [InlineData(307, "")]
    [InlineData(200, "{}")]
    [InlineData(200, """{"code":200,"message":"success","data":{"status":"created"}}""")]
    [InlineData(200, """{"code":200,"data":{"id":"../../other"}}""")]
    [InlineData(200, """{"code":200,"data":{"id":7}}""")]
    [InlineData(200, """{"code":5000,"message":"internal"}""")]
    [InlineData(200, "<html>sign in to the wifi</html>")]
    [InlineData(200, """{"code":200,"data":{"id":"cut""")]
    public async Task SubmitAsync_AnswerThatProvesNothing_IsAmbiguous(int status, string body)
    {
        _account.WaveSpeed.Answer(status, body);

        Assert.IsType<SubmitResult.Ambiguous>(await SubmitAsync());
        Assert.Single(_account.WaveSpeed.Requests);
    }

    [Theory]
    [InlineData(HttpRequestError.ConnectionError, true)]
    [InlineData(HttpRequestError.ResponseEnded, false)]
    public async Task SubmitAsync_NoAnswer_IsRejectedOnlyIfNothingWasSent(HttpRequestError error, bool rejected)
    {
        _account.WaveSpeed.Fail(new HttpRequestException(error));

        Assert.Equal(rejected, await SubmitAsync() is SubmitResult.Rejected);
    }

    [Fact]
    public async Task SubmitAsync_NoAnswerInTime_IsAmbiguous()
    {
        _account.WaveSpeed.Hang();
        var submitting = SubmitAsync();

        _account.Time.Advance(_account.Options.SubmitTimeout);

        Assert.IsType<SubmitResult.Ambiguous>(await submitting);
    }

    [Theory]
    [InlineData("17", 17.0)]
    [InlineData("Tue, 14 Nov 2023 22:13:50 GMT", 30.0)] // the account's clock is at 22:13:20
    [InlineData("soon", null)]
    public async Task SubmitAsync_TooManyRequests_SaysForHowLong(string header, double? seconds)
    {
        _account.WaveSpeed.Answer(429, "{}", ("Retry-After", header));

        Assert.Equal(seconds, Assert.IsType<SubmitResult.Rejected>(await SubmitAsync()).Failure.RetryAfterSeconds);
    }

    [Fact]
    public async Task SubmitAsync_ErrorThatRepeatsSecrets_IsScrubbed()
    {
        _account.WaveSpeed.Answer(400, $$"""
            {"code":400,"message":"{{WaveSpeedAccount.Key}} sent https://ovi.example/v1/images/job_1?token=s3cret&kid=1 and https://ovi.example/v1/callbacks/account/t0ken?a=1"}
            """);

        var text = Assert.IsType<SubmitResult.Rejected>(await SubmitAsync()).Failure.Message;

        Assert.Equal("[secret] sent https://ovi.example/v1/images/job_1?[query] and https://ovi.example/v1/callbacks/account/[secret]?[query]", text);
    }

    [Fact]
    public async Task SubmitAsync_PhraseOfTheBuyers_DoesNotMakeTheAccountEmpty()
    {
        _account.WaveSpeed.Answer(400, """{"code":400,"message":"prompt \"insufficient credits\" is not allowed"}""");

        var result = await _account.Provider.SubmitAsync(ProviderRequests.Image("a sign: INSUFFICIENT CREDITS"), default);

        Assert.Equal(FailureClass.InvalidInput, Assert.IsType<SubmitResult.Rejected>(result).Failure.Class);
    }

    [Fact]
    public async Task SubmitAsync_UnknownModel_IsRejectedWithoutARequest()
    {
        Assert.IsType<SubmitResult.Rejected>(await _account.Provider.SubmitAsync(ProviderRequests.Image() with { Model = "sora-2" }, default));
        Assert.Empty(_account.WaveSpeed.Requests);
    }

    private static void AssertJson(string expected, string actual) =>
        Assert.True(JsonElement.DeepEquals(JsonDocument.Parse(expected).RootElement, JsonDocument.Parse(actual).RootElement), actual);

    private static async Task<ScriptedRequest> SendAsync(WaveSpeedAccount account, SubmitRequest request)
    {
        account.WaveSpeed.Answer(200, Created);
        await account.Provider.SubmitAsync(request, default);
        return Assert.Single(account.WaveSpeed.Requests);
    }

    private Task<SubmitResult> SubmitAsync() => _account.Provider.SubmitAsync(ProviderRequests.Image(), default);
}
