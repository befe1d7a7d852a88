using System.Security.Cryptography;
using System.Text;
using OviFunctions.Webhooks;

namespace OviFunctions.Tests.Webhooks;

public sealed class StandardWebhookTests
{
    private const string Id = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    private static readonly DateTimeOffset SentAt = DateTimeOffset.FromUnixTimeSeconds(1614265330);
    private static readonly byte[] Body = """{"test": 2432232314}"""u8.ToArray();

    /// <summary>The secret, message and signature of the reference libraries' own tests (standard-webhooks/standard-webhooks).</summary>
    [Fact]
    public void Sign_VectorOfTheReferenceLibraries_IsReproduced() => Assert.Equal(
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        StandardWebhook.Sign(Id, SentAt, Body, [Secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")]));

    /// <summary>A vector that was made outside of this code base, with a secret shorter than we accept.</summary>
    [Fact]
    public void Mac_IndependentVector_IsReproduced()
    {
        var mac = StandardWebhook.Mac(
            "test-secret"u8, "wh_1", 1700000000, """{"id":"pred_test","status":"completed","outputs":["https://example.com/a.mp4"],"error":""}"""u8);

        Assert.Equal("xZBMXurwO0cAISrENa8rnygZR7I5hd+QZ8vp68CSv7c=", Convert.ToBase64String(mac));
    }

    [Fact]
    public void Sign_TwoSecrets_GivesTwoSignaturesOfWhichEitherVerifies()
    {
        var (current, previous) = (WebhookSecret.Create(), WebhookSecret.Create());

        var signatures = StandardWebhook.Sign(Id, SentAt, Body, [current, previous]);

        Assert.Equal(WebhookVerification.Valid, Verify(signatures, [current]));
        Assert.Equal(WebhookVerification.Valid, Verify(signatures, [previous]));
        Assert.Equal(WebhookVerification.Valid, Verify(signatures, [WebhookSecret.Create(), previous]));
        Assert.Equal(WebhookVerification.WrongSignature, Verify(signatures, [WebhookSecret.Create()]));
        Assert.Equal(WebhookVerification.WrongSignature, Verify(signatures, []));
    }

    [Theory]
    [InlineData("")]
    [InlineData("a.b")]
    [InlineData("a b")]
    [InlineData("a\nb")]
    [InlineData("ä")]
    public void Sign_IdThatTheSpecificationForbids_Throws(string id) =>
        Assert.Throws<ArgumentException>(() => StandardWebhook.Sign(id, SentAt, Body, [WebhookSecret.Create()]));

    [Fact]
    public void Sign_NoSecret_Throws() => Assert.Throws<ArgumentException>(() => StandardWebhook.Sign(Id, SentAt, Body, []));

    [Theory]
    [InlineData(300, WebhookVerification.Valid)]
    [InlineData(301, WebhookVerification.TooOld)]
    [InlineData(-300, WebhookVerification.Valid)]
    [InlineData(-301, WebhookVerification.TooNew)]
    public void Verify_Age_IsAtMostFiveMinutes(int secondsLater, WebhookVerification expected)
    {
        var secret = WebhookSecret.Create();
        var signature = StandardWebhook.Sign(Id, SentAt, Body, [secret]);

        Assert.Equal(expected, StandardWebhook.Verify(Id, "1614265330", signature, Body, [secret], SentAt.AddSeconds(secondsLater)));
    }

    [Theory]
    [InlineData(null, "1614265330", "v1,AA==", WebhookVerification.MissingHeader)]
    [InlineData(Id, null, "v1,AA==", WebhookVerification.MissingHeader)]
    [InlineData(Id, "1614265330", null, WebhookVerification.MissingHeader)]
    [InlineData(Id, "1614265330", "", WebhookVerification.MissingHeader)]
    [InlineData(Id, "hello", "v1,AA==", WebhookVerification.Malformed)]
    [InlineData(Id, "161426533.0", "v1,AA==", WebhookVerification.Malformed)]
    [InlineData(Id, "-1614265330", "v1,AA==", WebhookVerification.Malformed)]
    [InlineData("a.b", "1614265330", "v1,AA==", WebhookVerification.Malformed)]
    [InlineData(Id, "9223372036854775807", "v1,AA==", WebhookVerification.TooNew)]
    [InlineData(Id, "1614265330", "v1,", WebhookVerification.WrongSignature)]
    [InlineData(Id, "1614265330", "v1,dawfeoifkpqwoekfpqoekf", WebhookVerification.WrongSignature)]
    [InlineData(Id, "1614265330", "v1,g0hM9SsE", WebhookVerification.WrongSignature)]
    [InlineData(Id, "1614265330", "v2,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", WebhookVerification.WrongSignature)]
    [InlineData(Id, "1614265330", "v1a,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", WebhookVerification.WrongSignature)]
    [InlineData(Id, "1614265331", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", WebhookVerification.WrongSignature)]
    [InlineData("msg_other", "1614265330", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", WebhookVerification.WrongSignature)]
    [InlineData(Id, "1614265330", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", WebhookVerification.Valid)]
    [InlineData(Id, "1614265330", "v1,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc= v2,xx v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", WebhookVerification.Valid)]
    public void Verify_Headers_AreCheckedStrictly(string? id, string? timestamp, string? signatures, WebhookVerification expected) =>
        Assert.Equal(expected, StandardWebhook.Verify(id, timestamp, signatures, Body, [Secret("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")], SentAt));

    [Fact]
    public void Verify_TamperedBody_IsRefused()
    {
        var secret = WebhookSecret.Create();
        var signature = StandardWebhook.Sign(Id, SentAt, Body, [secret]);

        Assert.Equal(
            WebhookVerification.WrongSignature,
            StandardWebhook.Verify(Id, "1614265330", signature, Encoding.UTF8.GetBytes("""{"test": 2432232315}"""), [secret], SentAt));
    }

    [Fact]
    public void Secret_WrittenForm_RoundTripsAndPrintsRedacted()
    {
        var secret = WebhookSecret.Create();

        Assert.Equal(secret.Reveal(), Secret(secret.Reveal()).Reveal());
        Assert.Equal(32, Convert.FromBase64String(secret.Reveal()["whsec_".Length..]).Length);
        Assert.Equal("whsec_***", $"{secret}");
    }

    [Theory]
    [InlineData(23, false)]
    [InlineData(24, true)]
    [InlineData(64, true)]
    [InlineData(65, false)]
    public void Secret_Length_Is24To64Bytes(int length, bool accepted)
    {
        var key = RandomNumberGenerator.GetBytes(length);

        Assert.Equal(accepted, WebhookSecret.TryParse("whsec_" + Convert.ToBase64String(key), out _));
        if (accepted) Assert.Equal("whsec_" + Convert.ToBase64String(key), WebhookSecret.FromBytes(key).Reveal());
        else Assert.Throws<ArgumentException>(() => WebhookSecret.FromBytes(key));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("whsec_")]
    [InlineData("whsec_not base64 at all!")]
    public void Secret_ThatIsNone_IsRefused(string? text) => Assert.False(WebhookSecret.TryParse(text, out _));

    private static WebhookSecret Secret(string text)
    {
        Assert.True(WebhookSecret.TryParse(text, out var secret));
        return secret;
    }

    private static WebhookVerification Verify(string signatures, IReadOnlyList<WebhookSecret> secrets) =>
        StandardWebhook.Verify(Id, "1614265330", signatures, Body, secrets, SentAt);
}
