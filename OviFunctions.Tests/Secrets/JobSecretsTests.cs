using System.Web;
using OviFunctions.Secrets;

namespace OviFunctions.Tests.Secrets;

public sealed class JobSecretsTests
{
    private const string Job = "job_aaaaaaaaaabbbbbbbbbbbbbbbbbbbbbbbbbb";
    private const string OtherJob = "job_aaaaaaaaaacccccccccccccccccccccccccc";

    private static readonly DateTimeOffset Now = new(2026, 11, 20, 12, 0, 0, TimeSpan.Zero);

    private readonly JobSecrets _secrets = new(KeyRingTests.Of("k1"));

    [Fact]
    public void JobToken_OpensItsJobAndNoOther()
    {
        var token = _secrets.JobToken("k1", Job);

        Assert.StartsWith("ovt_k1_", token, StringComparison.Ordinal);
        Assert.True(_secrets.IsJobToken(token, Job));
        Assert.False(_secrets.IsJobToken(token, OtherJob));
    }

    [Fact]
    public void IsJobToken_ManyJobs_MacsWithAnyCharacterWork()
    {
        // The mac is base64url, which has the separator among its digits.
        for (var i = 0; i < 200; i++) Assert.True(_secrets.IsJobToken(_secrets.JobToken("k1", $"{Job}{i}"), $"{Job}{i}"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("ovt")]
    [InlineData("ovt__")]
    [InlineData("ovt_k1_")]
    [InlineData("ovt_k9_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("ovt_k1_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    public void IsJobToken_TextThatIsNone_IsFalse(string token) => Assert.False(_secrets.IsJobToken(token, Job));

    [Fact]
    public void IsJobToken_AnotherPrefixOrTail_IsFalse()
    {
        var token = _secrets.JobToken("k1", Job);

        Assert.False(_secrets.IsJobToken("ovx" + token[3..], Job));
        Assert.False(_secrets.IsJobToken(token + "A", Job));
        Assert.False(_secrets.IsJobToken(token[..^1], Job));
        Assert.False(_secrets.IsJobToken(token.ToUpperInvariant(), Job));
    }

    [Fact]
    public void Link_UntilItsMoment_Opens()
    {
        var (e, k, s) = Link("video", Now.AddSeconds(10));

        Assert.Equal(((long)1795176010, "k1"), (long.Parse(e, System.Globalization.CultureInfo.InvariantCulture), k));
        Assert.True(_secrets.IsLink(e, k, s, Job, "video", Now));
        Assert.True(_secrets.IsLink(e, k, s, Job, "video", Now.AddSeconds(9.9)));
        Assert.False(_secrets.IsLink(e, k, s, Job, "video", Now.AddSeconds(10)));
    }

    [Fact]
    public void Link_EveryPartIsBound()
    {
        var (e, k, s) = Link("video", Now.AddDays(1));
        var (later, _, _) = Link("video", Now.AddDays(2));

        Assert.True(_secrets.IsLink(e, k, s, Job, "video", Now));
        Assert.False(_secrets.IsLink(later, k, s, Job, "video", Now));
        Assert.False(_secrets.IsLink("0" + e, k, s, Job, "video", Now));
        Assert.False(_secrets.IsLink(e, "k9", s, Job, "video", Now));
        Assert.False(_secrets.IsLink(e, k, s[..^1], Job, "video", Now));
        Assert.False(_secrets.IsLink(e, k, s, OtherJob, "video", Now));
        Assert.False(_secrets.IsLink(e, k, s, Job, "image", Now));
    }

    [Theory]
    [InlineData(null, "k1", "s")]
    [InlineData("9999999999", null, "s")]
    [InlineData("9999999999", "k1", null)]
    [InlineData("", "", "")]
    [InlineData("-1", "k1", "s")]
    [InlineData("99999999999999999999999", "k1", "s")]
    public void IsLink_PartMissingOrUnreadable_IsFalse(string? e, string? k, string? s) => Assert.False(_secrets.IsLink(e, k, s, Job, "video", Now));

    [Fact]
    public void Link_IsNoJobToken()
    {
        // Whoever was shown a video may not cancel or read the job.
        var (_, k, s) = Link("video", Now.AddDays(1));

        Assert.False(_secrets.IsJobToken($"ovt_{k}_{s}", Job));
    }

    [Fact]
    public void CallbackToken_NamesItsAddress()
    {
        var token = _secrets.CallbackToken("k1", "fal", new CallbackAddress(Job, 3, 2));

        Assert.True(_secrets.TryReadCallbackToken(token, "fal", out var address));
        Assert.Equal(new CallbackAddress(Job, 3, 2), address);
    }

    [Fact]
    public void CallbackToken_IsBoundToProviderLaneAndSubmit()
    {
        var mac = _secrets.CallbackToken("k1", "fal", new CallbackAddress(Job, 1, 2)).Split('.')[^1];

        Assert.False(_secrets.TryReadCallbackToken($"{Job}.1.2.k1.{mac}", "fal2", out _));
        Assert.False(_secrets.TryReadCallbackToken($"{Job}.0.2.k1.{mac}", "fal", out _));
        Assert.False(_secrets.TryReadCallbackToken($"{Job}.1.1.k1.{mac}", "fal", out _));
        Assert.False(_secrets.TryReadCallbackToken($"{OtherJob}.1.2.k1.{mac}", "fal", out _));
        Assert.False(_secrets.TryReadCallbackToken($"{Job}.01.2.k1.{mac}", "fal", out _));
        Assert.True(_secrets.TryReadCallbackToken($"{Job}.1.2.k1.{mac}", "fal", out _));
    }

    [Theory]
    [InlineData("")]
    [InlineData("....")]
    [InlineData(Job + ".1.2.k1")]
    [InlineData(Job + ".1.2.k1.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData(Job + ".-1.2.k1.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData(Job + ".99999999999.2.k1.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    public void TryReadCallbackToken_TextThatIsNone_IsFalse(string token) => Assert.False(_secrets.TryReadCallbackToken(token, "fal", out _));

    [Fact]
    public void CallbackToken_OpensNothingForBuyers()
    {
        // The provider has it.
        var mac = _secrets.CallbackToken("k1", "job", new CallbackAddress(Job, 1, 2)).Split('.')[^1];

        Assert.False(_secrets.IsJobToken($"ovt_k1_{mac}", Job));
    }

    [Fact]
    public void WebhookSecret_IsStableAndTheJobsOwn()
    {
        var secret = _secrets.WebhookSecret("k1", Job).Reveal();

        Assert.StartsWith("whsec_", secret, StringComparison.Ordinal);
        Assert.Equal(secret, new JobSecrets(KeyRingTests.Of("k2", "k1")).WebhookSecret("k1", Job).Reveal());
        Assert.NotEqual(secret, _secrets.WebhookSecret("k1", OtherJob).Reveal());
    }

    [Fact]
    public void Rotation_OldKeyKept_EverythingMadeWithItWorks()
    {
        var rotated = new JobSecrets(KeyRingTests.Of("k2", "k1"));
        var (e, k, s) = Link("video", Now.AddDays(1));

        Assert.True(rotated.IsJobToken(_secrets.JobToken("k1", Job), Job));
        Assert.True(rotated.IsLink(e, k, s, Job, "video", Now));
        Assert.True(rotated.TryReadCallbackToken(_secrets.CallbackToken("k1", "fal", new CallbackAddress(Job, 0, 1)), "fal", out _));
        Assert.Equal(_secrets.JobToken("k1", Job), rotated.JobToken("k1", Job));
    }

    [Fact]
    public void Rotation_OldKeyRemoved_ItsJobsGetTokensOfTheNewOne()
    {
        // Reading such a job, which an API key still may, was an error of the gateway.
        var rotated = new JobSecrets(KeyRingTests.Of("k2"));
        var query = HttpUtility.ParseQueryString(rotated.LinkQuery("k1", Job, "video", Now.AddDays(1)));

        Assert.True(rotated.IsJobToken(rotated.JobToken("k1", Job), Job));
        Assert.True(rotated.IsLink(query["e"], query["k"], query["s"], Job, "video", Now));
        Assert.True(rotated.TryReadCallbackToken(rotated.CallbackToken("k1", "fal", new CallbackAddress(Job, 0, 1)), "fal", out _));
        Assert.False(rotated.IsJobToken(_secrets.JobToken("k1", Job), Job));
        Assert.Throws<KeyNotFoundException>(() => rotated.WebhookSecret("k1", Job));
    }

    private (string E, string K, string S) Link(string what, DateTimeOffset expires)
    {
        var query = HttpUtility.ParseQueryString(_secrets.LinkQuery("k1", Job, what, expires));
        return (query["e"]!, query["k"]!, query["s"]!);
    }
}
