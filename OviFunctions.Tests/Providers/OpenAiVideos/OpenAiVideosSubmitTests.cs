using System.Text;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;
using OviFunctions.Configuration;
using OviFunctions.Providers;
using OviFunctions.Tests.Support;
using static OviFunctions.Tests.Providers.OpenAiVideos.VideosAccount;

namespace OviFunctions.Tests.Providers.OpenAiVideos;

/// <summary>What is sent to a server of the protocol, and what its answer proves.</summary>
public sealed class OpenAiVideosSubmitTests
{
    private readonly VideosAccount _account = new();

    [Fact]
    public async Task SubmitAsync_Always_SendsTheFormOfTheVendorsClient()
    {
        _account.Server.Answer(200, """{"id":"video_1","object":"video","status":"queued"}""");

        var result = await SubmitAsync();

        Assert.Equal(Job(), Assert.IsType<SubmitResult.Accepted>(result).Job);
        var sent = Assert.Single(_account.Server.Requests);
        Assert.Equal(("POST", "https://videos.example.com/v1/videos", $"Bearer {Key}"), (sent.Method, sent.Url.AbsoluteUri, sent.Headers["Authorization"]));
        var parts = await PartsAsync(sent);
        Assert.Equal(
            [("model", "sora-2"), ("prompt", "A \"cat\" says\r\nhëllo."), ("size", "720x1280"), ("seconds", "12")],
            parts.Select(part => (part.Name, part.Value)));
        Assert.All(parts, part => Assert.Equal((null, null), (part.File, part.Type)));
    }

    [Fact]
    public async Task SubmitAsync_Image_IsAFileInTheForm()
    {
        _account.Server.Answer(200, """{"id":"video_1"}""");

        await _account.Provider.SubmitAsync(Request with { Image = new SubmitImage("image/webp", "the picture"u8.ToArray()) }, default);

        var part = (await PartsAsync(Assert.Single(_account.Server.Requests)))[^1];
        Assert.Equal(("input_reference", "the picture", "reference.webp", "image/webp"), (part.Name, part.Value, part.File, part.Type));
    }

    [Fact]
    public async Task SubmitAsync_ModelMap_SendsTheServersName()
    {
        var account = new VideosAccount(
            new ProviderModelSettings { Model = "sora-2", Name = "tall", Size = "720x1280" }, new ProviderModelSettings { Model = "sora-2", Name = "wan-ai/wan-2.6-t2v" });
        account.Server.Answer(200, """{"id":"1"}""").Answer(200, """{"id":"2"}""");

        await account.Provider.SubmitAsync(Request, default);
        await account.Provider.SubmitAsync(Request with { Resolution = "1280x720" }, default);

        Assert.Equal("tall", (await PartsAsync(account.Server.Requests[0]))[0].Value);
        Assert.Equal("wan-ai/wan-2.6-t2v", (await PartsAsync(account.Server.Requests[1]))[0].Value);
    }

    [Theory]
    [InlineData("video_68d7512d07848190b3e45da0ecbebcde004da08e1e0678d5", true)]
    [InlineData("video_bGl0ZWxsbTpjdXN0b21fbGxtX3Byb3ZpZGVyOm9wZW5haTttb2RlbF9pZDo7dmlkZW9faWQ6djE=", true)] // a gateway's
    [InlineData("3f1c8a6e-0000-4000-8000-000000000000", true)]
    [InlineData("../models", false)]
    [InlineData("a/b", false)]
    [InlineData("..", false)]
    [InlineData("a b", false)]
    [InlineData("", false)]
    public async Task SubmitAsync_Id_IsTakenIfItCanBeAPartOfAUrl(string id, bool taken)
    {
        _account.Server.Answer(200, $$"""{"id":"{{id}}"}""");

        Assert.Equal(taken ? typeof(SubmitResult.Accepted) : typeof(SubmitResult.Ambiguous), (await SubmitAsync()).GetType());
    }

    [Theory]
    [InlineData(400, """{"error":{"type":"invalid_request_error","code":"moderation_blocked","message":"m"}}""", FailureClass.ContentPolicy, "moderation_blocked")]
    [InlineData(400, """{"error":{"type":"invalid_request_error","code":"sentinel_block","message":"m"}}""", FailureClass.ContentPolicy, "sentinel_block")]
    [InlineData(403, """{"error":{"type":"content_policy_violation","code":null,"message":"m"}}""", FailureClass.ContentPolicy, "content_policy_violation")]
    [InlineData(400, """{"error":{"type":"invalid_request_error","code":null,"param":"size","message":"m"}}""", FailureClass.InvalidInput, "invalid_request_error")]
    [InlineData(422, """{"error":"text"}""", FailureClass.InvalidInput, null)]
    [InlineData(413, "<html>", FailureClass.InvalidInput, null)]
    [InlineData(400, """{"error":{"code":"billing_hard_limit_reached","message":"m"}}""", FailureClass.ProviderCredits, "billing_hard_limit_reached")]
    [InlineData(429, """{"error":{"code":"insufficient_quota","message":"m"}}""", FailureClass.ProviderCredits, "insufficient_quota")]
    [InlineData(402, "{}", FailureClass.ProviderCredits, null)]
    [InlineData(429, """{"error":{"code":"rate_limit_exceeded","message":"m"}}""", FailureClass.RateLimited, "rate_limit_exceeded")]
    [InlineData(409, "{}", FailureClass.RateLimited, null)]
    [InlineData(408, "{}", FailureClass.ProviderTimeout, null)]
    [InlineData(401, """{"error":{"code":"invalid_api_key","message":"m"}}""", FailureClass.ProviderUnavailable, "invalid_api_key")]
    [InlineData(403, "{}", FailureClass.ProviderUnavailable, null)]
    [InlineData(404, """{"error":{"code":"model_not_found","message":"m"}}""", FailureClass.ProviderUnavailable, "model_not_found")]
    [InlineData(400, """{"error":{"code":"model_not_found","message":"m"}}""", FailureClass.ProviderUnavailable, "model_not_found")]
    [InlineData(410, "{}", FailureClass.ProviderUnavailable, null)]
    public async Task SubmitAsync_ClientError_IsRejected(int status, string body, FailureClass expected, string? code)
    {
        _account.Server.Answer(status, body);

        var failure = Assert.IsType<SubmitResult.Rejected>(await SubmitAsync()).Failure;

        Assert.Equal((expected, code), (failure.Class, failure.Code));
    }

    /// <summary>What the next job would meet as well; a gateway's page speaks for nobody.</summary>
    [Theory]
    [InlineData(401, """{"error":{"code":"invalid_api_key","message":"m"}}""", true, false)]
    [InlineData(400, """{"error":{"code":"invalid_api_key","message":"m"}}""", true, false)]
    [InlineData(401, """{"detail":"Unauthorized"}""", true, false)]
    [InlineData(402, """{"error":"top up"}""", true, false)]
    [InlineData(429, """{"error":{"code":"insufficient_quota","message":"m"}}""", true, false)]
    [InlineData(404, """{"error":{"code":"model_not_found","message":"m"}}""", true, true)]
    [InlineData(400, """{"error":{"code":"model_not_found","message":"m"}}""", true, true)]
    [InlineData(410, """{"error":{"type":"invalid_request_error","message":"m"}}""", true, true)]
    [InlineData(401, "<html>sign in to the wifi</html>", false, false)]
    [InlineData(402, "<html>deployment disabled</html>", false, false)]
    [InlineData(404, "<html>nginx</html>", false, false)]
    [InlineData(404, """{"message":"no Route matched with those values"}""", false, false)]
    [InlineData(403, """{"error":{"code":"unsupported_country","message":"m"}}""", false, false)]
    [InlineData(429, """{"error":{"code":"rate_limit_exceeded","message":"m"}}""", false, false)]
    public async Task SubmitAsync_RefusalOfEveryJob_IsTheAccountsFault(int status, string body, bool isOurs, bool isModelGone)
    {
        _account.Server.Answer(status, body);

        var failure = Assert.IsType<SubmitResult.Rejected>(await SubmitAsync()).Failure;

        Assert.Equal((isOurs, isModelGone), (failure.IsOurs, failure.IsModelGone));
    }

    [Theory]
    [InlineData(503, """{"error":{"type":"server_error","message":"m"}}""", "true", true)]
    [InlineData(503, """{"error":{"type":"server_error","message":"m"}}""", "false", false)]
    [InlineData(500, """{"error":{"type":"server_error","message":"m"}}""", null, false)]
    [InlineData(502, "<html>bad gateway</html>", "true", false)] // not the server's own word
    [InlineData(503, """{"error":"overloaded"}""", "true", false)]
    [InlineData(504, "", null, false)]
    [InlineData(307, "", null, false)]
    [InlineData(200, "not json", null, false)]
    [InlineData(200, """{"object":"video"}""", null, false)]
    public async Task SubmitAsync_AnswerThatProvesLittle_IsRejectedOnlyByTheServersOwnWord(int status, string body, string? shouldRetry, bool rejected)
    {
        (string, string)[] headers = shouldRetry is null ? [] : [("x-should-retry", shouldRetry)];
        _account.Server.Answer(status, body, headers);

        Assert.Equal(rejected ? typeof(SubmitResult.Rejected) : typeof(SubmitResult.Ambiguous), (await SubmitAsync()).GetType());
        Assert.Single(_account.Server.Requests);
    }

    [Theory]
    [InlineData("retry-after-ms", "1500", 1.5)]
    [InlineData("retry-after", "17", 17.0)]
    [InlineData("retry-after", "999999", 600.0)]
    [InlineData("retry-after-ms", "9e99", null)]
    [InlineData("retry-after-ms", "-5", null)]
    [InlineData("retry-after-ms", "NaN", null)]
    [InlineData("retry-after-ms", "-Infinity", null)]
    [InlineData("x-other", "17", null)]
    public async Task SubmitAsync_TooManyRequests_SaysForHowLong(string header, string value, double? seconds)
    {
        _account.Server.Answer(429, "{}", (header, value));

        Assert.Equal(seconds, Assert.IsType<SubmitResult.Rejected>(await SubmitAsync()).Failure.RetryAfterSeconds);
    }

    [Theory]
    [InlineData(HttpRequestError.ConnectionError, true)]
    [InlineData(HttpRequestError.NameResolutionError, true)]
    [InlineData(HttpRequestError.SecureConnectionError, true)]
    [InlineData(HttpRequestError.ResponseEnded, false)]
    [InlineData(HttpRequestError.Unknown, false)]
    public async Task SubmitAsync_NoAnswer_IsRejectedOnlyWhereNothingWasSent(HttpRequestError error, bool rejected)
    {
        _account.Server.Fail(new HttpRequestException(error));

        Assert.Equal(rejected ? typeof(SubmitResult.Rejected) : typeof(SubmitResult.Ambiguous), (await SubmitAsync()).GetType());
    }

    [Fact]
    public async Task SubmitAsync_NoAnswerInTime_IsAmbiguous()
    {
        _account.Server.Hang();
        var submitting = SubmitAsync();

        _account.Time.Advance(_account.Options.SubmitTimeout);

        Assert.IsType<SubmitResult.Ambiguous>(await submitting);
    }

    [Fact]
    public async Task SubmitAsync_ServerRepeatsTheKey_ItIsScrubbed()
    {
        _account.Server.Answer(401, $$$"""{"error":{"code":"invalid_api_key","message":"Incorrect API key provided: {{{Key}}}."}}""");

        Assert.Equal("Incorrect API key provided: [secret].", Assert.IsType<SubmitResult.Rejected>(await SubmitAsync()).Failure.Message);
    }

    [Fact]
    public async Task SubmitAsync_SizeThatIsNotInTheMapAnyMore_IsRejectedWithoutARequest()
    {
        var account = new VideosAccount(new ProviderModelSettings { Model = "sora-2", Size = "1280x720" });

        Assert.IsType<SubmitResult.Rejected>(await account.Provider.SubmitAsync(Request, default));
        Assert.Empty(account.Server.Requests);
    }

    public static TheoryData<string, string, int, decimal> Costs => new()
    {
        { "sora-2", "1280x720", 4, 0.40m }, { "sora-2", "720x1280", 12, 1.20m }, { "sora-2-pro", "1280x720", 4, 1.20m },
        { "sora-2-pro", "1024x1792", 8, 4.00m }, { "sora-2-pro", "1920x1080", 20, 14.00m },
    };

    [Theory]
    [MemberData(nameof(Costs))]
    public void Offer_WithoutAMap_IsWhatOpenAiHadAtItsPrices(string variant, string size, int seconds, decimal cost) =>
        Assert.Equal(new ProviderOffer.Takes(cost), _account.Provider.Offer("sora-2", Needs(variant, size, seconds)));

    [Fact]
    public void Offer_Map_LimitsVariantsSizesAndLengthsAndSetsTheCost()
    {
        var provider = new VideosAccount(
            new ProviderModelSettings { Model = "sora-2", Size = "1280x720", MaxSeconds = 12, CostUsdPerSecond = 0.05m }).Provider;

        Assert.Equal(new ProviderOffer.Takes(0.60m), provider.Offer("sora-2", Needs("sora-2", "1280x720", 12)));
        Assert.Equal(new ProviderOffer.Lacks(RequestFields.Seconds), provider.Offer("sora-2", Needs("sora-2", "1280x720", 16)));
        Assert.Equal(new ProviderOffer.Lacks(RequestFields.Resolution), provider.Offer("sora-2", Needs("sora-2", "720x1280", 4)));
        Assert.Equal(new ProviderOffer.Lacks(RequestFields.Variant), provider.Offer("sora-2", Needs("sora-2-pro", "1280x720", 4)));
        Assert.Equal(new ProviderOffer.NotOffered(), provider.Offer("ovi/text-to-video", new RequestNeeds(RequestFields.None, 7, "992x512")));
    }

    private static RequestNeeds Needs(string variant, string size, int seconds) => new(RequestFields.None, 0, size, seconds, variant);

    private Task<SubmitResult> SubmitAsync() => _account.Provider.SubmitAsync(Request, default);

    private static async Task<List<(string Name, string Value, string? File, string? Type)>> PartsAsync(ScriptedRequest sent)
    {
        var type = MediaTypeHeaderValue.Parse(sent.Headers["Content-Type"]);
        Assert.Equal("multipart/form-data", type.MediaType.Value);
        var reader = new MultipartReader(HeaderUtilities.RemoveQuotes(type.Boundary).Value!, new MemoryStream(Encoding.UTF8.GetBytes(sent.Body)));
        var parts = new List<(string, string, string?, string?)>();
        while (await reader.ReadNextSectionAsync() is { } section)
        {
            var disposition = section.GetContentDispositionHeader()!;
            parts.Add((
                HeaderUtilities.RemoveQuotes(disposition.Name).Value!, await section.ReadAsStringAsync(),
                disposition.FileName.HasValue ? HeaderUtilities.RemoveQuotes(disposition.FileName).Value : null, section.ContentType));
        }

        return parts;
    }
}
