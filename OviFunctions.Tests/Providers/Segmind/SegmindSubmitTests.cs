using System.Text.Json;
using OviFunctions.Configuration;
using OviFunctions.Providers;

namespace OviFunctions.Tests.Providers.Segmind;

/// <summary>What both versions have in common, and the submit of version 2.</summary>
public sealed class SegmindSubmitTests
{
    private const string Queued = """
        {"request_id":"r-1","status":"QUEUED","poll_url":"https://api.segmind.com/v1/requests/r-1",
         "status_url":"https://api.segmind.com/v2/requests/r-1/status","response_url":"https://api.segmind.com/v2/requests/r-1"}
        """;

    private readonly SegmindAccount _account = new();

    [Theory]
    [InlineData(SegmindVersion.V1, "https://api.segmind.com/v1/ovi-i2v")]
    [InlineData(SegmindVersion.V2, "https://api.segmind.com/v2/ovi-i2v")]
    public async Task SubmitAsync_Always_SendsWhatSegmindDocuments(SegmindVersion version, string url)
    {
        var account = new SegmindAccount(version);
        account.Segmind.Answer(200, Queued);

        await account.Provider.SubmitAsync(ProviderRequests.Image(), default);

        var sent = Assert.Single(account.Segmind.Requests);
        Assert.Equal(("POST", url, SegmindAccount.Key), (sent.Method, sent.Url.AbsoluteUri, sent.Headers["x-api-key"]));
        Assert.Equal("application/json; charset=utf-8", sent.Headers["Content-Type"]);
        Assert.DoesNotContain("Authorization", sent.Headers.Keys);
        Assert.True(JsonElement.DeepEquals(JsonDocument.Parse(sent.Body).RootElement, JsonDocument.Parse("""
            {"prompt":"A cat says <S>hello<E>.","image":"https://ovi.example/v1/images/job_1?token=s3cret&kid=1",
             "video_negative_prompt":"blur","audio_negative_prompt":"hiss","seed":42}
            """).RootElement));
    }

    [Fact]
    public async Task SubmitAsync_Queued_IsAcceptedWithItsUrls()
    {
        _account.Segmind.Answer(200, Queued);

        var job = Assert.IsType<SubmitResult.Accepted>(await SubmitAsync()).Job;

        Assert.Equal("r-1", job.RequestId);
        Assert.Equal("https://api.segmind.com/v2/requests/r-1/status", job.Urls!["status"]);
        Assert.Equal("https://api.segmind.com/v2/requests/r-1", job.Urls["response"]);
    }

    [Fact]
    public async Task SubmitAsync_UrlsElsewhere_AreNotKept()
    {
        _account.Segmind.Answer(200, Queued.Replace("https://api.segmind.com/v2", "https://api.segmind.com.evil.example/v2", StringComparison.Ordinal));

        Assert.Empty(Assert.IsType<SubmitResult.Accepted>(await SubmitAsync()).Job.Urls!);
    }

    [Theory]
    [InlineData(SegmindVersion.V1)]
    [InlineData(SegmindVersion.V2)]
    public async Task SubmitAsync_Refusal_IsRejectedInOurTerms(SegmindVersion version)
    {
        (int Status, string Body, FailureClass Expected)[] table =
        [
            (400, """{"error":"Malformed body"}""", FailureClass.InvalidInput),
            (401, """{"error":"invalid_api_key","error_description":"API key is invalid.","status_code":401}""", FailureClass.ProviderUnavailable),
            (403, """{"error":"not permitted"}""", FailureClass.ProviderUnavailable),
            (404, """{"error":"Model not found"}""", FailureClass.ProviderUnavailable),
            (404, """{"error":"Not enough credits"}""", FailureClass.ProviderCredits),
            (405, "<html>no</html>", FailureClass.ProviderUnavailable),
            (406, """{"error":"Insufficient credits: you have 0.10, the call needs 0.25"}""", FailureClass.ProviderCredits),
            (406, """{"error":"Team spend limit of $10 a day reached"}""", FailureClass.ProviderCredits),
            (406, "Insufficient credits", FailureClass.ProviderCredits),
            (406, """{"error":"Invalid content type"}""", FailureClass.ProviderUnavailable),
            (406, "Invalid Content-Type", FailureClass.ProviderUnavailable),
            (406, """{"error":"seed should be an integer"}""", FailureClass.InvalidInput),
            (406, "", FailureClass.InvalidInput),
            (410, """{"error":"Model retired"}""", FailureClass.ProviderUnavailable),
            (422, """{"error":"bad"}""", FailureClass.InvalidInput),
            (400, """{"error":"The prompt violates the content policy"}""", FailureClass.ContentPolicy),
            (406, """{"error":"Failed to download the image"}""", FailureClass.InputUnreachable),
            (429, """{"error":"rate_limit_exceeded"}""", FailureClass.RateLimited),
            (500, """{"error":"Internal server error"}""", FailureClass.ProviderUnavailable),
            (502, """{"error":"Service temporarily unavailable"}""", FailureClass.ProviderUnavailable),
            (504, """{"error":"Request timed out"}""", FailureClass.ProviderTimeout),
        ];
        foreach (var (status, body, expected) in table)
        {
            var account = new SegmindAccount(version);
            account.Segmind.Answer(status, body);

            var rejected = Assert.IsType<SubmitResult.Rejected>(await account.Provider.SubmitAsync(ProviderRequests.Image(), default));

            Assert.Equal((body, expected, $"{status}"), (body, rejected.Failure.Class, rejected.Failure.Code));
        }
    }

    /// <summary>What the next job would meet as well; a gateway's page speaks for nobody.</summary>
    [Theory]
    [InlineData(401, """{"error":"invalid_api_key","error_description":"API key is invalid.","status_code":401}""", true, false)]
    [InlineData(402, """{"error":"Pay first"}""", true, false)]
    [InlineData(406, """{"error":"Insufficient credits"}""", true, false)]
    [InlineData(406, "Insufficient credits", true, false)]
    [InlineData(404, """{"error":"Model not found"}""", true, true)]
    [InlineData(410, """{"error":"Model retired"}""", true, true)]
    [InlineData(401, "<html>sign in to the wifi</html>", false, false)]
    [InlineData(402, "<html>Insufficient credits</html>", false, false)]
    [InlineData(404, "404 page not found", false, false)]
    [InlineData(410, "<html>gone</html>", false, false)]
    [InlineData(403, """{"error":"not permitted"}""", false, false)]
    [InlineData(406, """{"error":"Invalid content type"}""", false, false)]
    [InlineData(429, """{"error":"rate_limit_exceeded"}""", false, false)]
    public async Task SubmitAsync_RefusalOfEveryJob_IsTheAccountsFault(int status, string body, bool isOurs, bool isModelGone)
    {
        foreach (var version in Enum.GetValues<SegmindVersion>())
        {
            var account = new SegmindAccount(version);
            account.Segmind.Answer(status, body);

            var failure = Assert.IsType<SubmitResult.Rejected>(await account.Provider.SubmitAsync(ProviderRequests.Image(), default)).Failure;

            Assert.Equal((isOurs, isModelGone), (failure.IsOurs, failure.IsModelGone));
        }
    }

    [Theory]
    [InlineData(500, "<html>nginx</html>")]
    [InlineData(502, "{}")]
    [InlineData(504, """{"message":"Endpoint request timed out"}""")] // as a gateway of AWS says it
    [InlineData(307, "")]
    [InlineData(200, "<html>sign in</html>")]
    [InlineData(200, """{"request_id":"cut""")]
    public async Task SubmitAsync_AnswerThatProvesNothing_IsAmbiguousAndSaysThatNothingBringsItBack(int status, string body)
    {
        foreach (var version in Enum.GetValues<SegmindVersion>())
        {
            var account = new SegmindAccount(version);
            account.Segmind.Answer(status, body);

            var ambiguous = Assert.IsType<SubmitResult.Ambiguous>(await account.Provider.SubmitAsync(ProviderRequests.Image(), default));

            Assert.Contains("no callback", ambiguous.Reason, StringComparison.Ordinal);
            Assert.Single(account.Segmind.Requests);
        }
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"request_id":"../../x"}""")]
    public async Task SubmitAsync_NoRequestId_IsAmbiguous(string body)
    {
        _account.Segmind.Answer(200, body);

        Assert.IsType<SubmitResult.Ambiguous>(await SubmitAsync());
    }

    [Theory]
    [InlineData("2026-11-20T12:00:30Z", 30.0)]
    [InlineData("2026-11-20 12:01:00", 60.0)] // UTC, as the header's name says
    [InlineData("2026-11-20T11:00:00Z", 0.0)]
    [InlineData("1795176045", 45.0)]
    [InlineData("99999999999999999999", null)]
    [InlineData("NaN", null)]
    [InlineData("-Infinity", null)]
    [InlineData("soon", null)]
    public async Task SubmitAsync_TooManyRequests_SaysForHowLong(string reset, double? seconds)
    {
        _account.Segmind.Answer(429, "{}", ("x-rate-limit-reset-at-utc", reset));

        Assert.Equal(seconds, Assert.IsType<SubmitResult.Rejected>(await SubmitAsync()).Failure.RetryAfterSeconds);
    }

    [Fact]
    public async Task SubmitAsync_PhraseOfTheBuyers_DoesNotMakeTheAccountEmpty()
    {
        _account.Segmind.Answer(406, """{"error":"prompt 'insufficient credits' rejected"}""");

        var result = await _account.Provider.SubmitAsync(ProviderRequests.Image("a sign: insufficient credits"), default);

        Assert.Equal(FailureClass.InvalidInput, Assert.IsType<SubmitResult.Rejected>(result).Failure.Class);
    }

    [Fact]
    public async Task SubmitAsync_ErrorThatRepeatsSecrets_IsScrubbed()
    {
        _account.Segmind.Answer(400, $$"""{"error":"{{SegmindAccount.Key}} and https://ovi.example/v1/images/job_1?token=s3cret"}""");

        Assert.Equal(
            "[secret] and https://ovi.example/v1/images/job_1?[query]", Assert.IsType<SubmitResult.Rejected>(await SubmitAsync()).Failure.Message);
    }

    [Fact]
    public async Task SubmitAsync_NothingWasSent_IsRejected()
    {
        _account.Segmind.Fail(new HttpRequestException(HttpRequestError.ConnectionError));

        Assert.IsType<SubmitResult.Rejected>(await SubmitAsync());
    }

    [Fact]
    public async Task SubmitAsync_UnknownModel_IsRejectedWithoutARequest()
    {
        var result = await _account.Provider.SubmitAsync(ProviderRequests.Image() with { Model = "ovi/text-to-video" }, default);

        Assert.IsType<SubmitResult.Rejected>(result);
        Assert.Empty(_account.Segmind.Requests);
    }

    private Task<SubmitResult> SubmitAsync() => _account.Provider.SubmitAsync(ProviderRequests.Image(), default);
}
