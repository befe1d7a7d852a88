using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using OviFunctions.Crypto;
using OviFunctions.Providers;
using OviFunctions.Providers.Fal;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Providers.Fal;

public sealed class FalWebhookVerifierTests : IDisposable
{
    private const string RequestId = "123e4567-e89b-12d3-a456-426614174000";
    private const string UserId = "github|1234567";
    private static readonly byte[] Body = Encoding.UTF8.GetBytes(
        """{"request_id":"123e4567-e89b-12d3-a456-426614174000","gateway_request_id":"123e4567-e89b-12d3-a456-426614174000","status":"OK","payload":{"video":{"url":"https://v3.fal.media/files/x/o.mp4","content_type":"video/mp4"},"seed":42}}""");

    private static readonly byte[] FalSecret = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];
    private static readonly byte[] OtherSecret = [.. Enumerable.Range(100, 32).Select(i => (byte)i)];

    private readonly ManualTimeProvider _time = new(DateTimeOffset.FromUnixTimeSeconds(1_700_000_000));
    private readonly ScriptedHandler _fal = new();
    private readonly FalOptions _options = new();
    private readonly FalWebhookVerifier _verifier;

    public FalWebhookVerifierTests() => _verifier = new FalWebhookVerifier(_options, new HttpClient(_fal), _time);

    public void Dispose() => _fal.Dispose();

    /// <summary>A vector that was made outside of this code base.</summary>
    [Fact]
    public async Task VerifyAsync_Vector_IsGenuine()
    {
        _fal.Answer(200, """{"keys":[{"kty":"OKP","crv":"Ed25519","x":"A6EHv_POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg"}]}""");
        var callback = new ProviderCallback(
            new Dictionary<string, string>
            {
                ["x-fal-webhook-request-id"] = RequestId,
                ["x-fal-webhook-user-id"] = UserId,
                ["x-fal-webhook-timestamp"] = "1700000000",
                ["x-fal-webhook-signature"] = "9c0c500aff4f403c10166520b2c32ffdbda2395eedafa80c4b70dbc7a4f1a5f24a3859e039a027048282ad3f62872734004f8cf6e74c56b14efe0caea57c280e",
            },
            Body);

        Assert.Equal(new CallbackResult.Genuine(RequestId), await _verifier.VerifyAsync(callback, default));
        Assert.Equal("https://rest.fal.ai/.well-known/jwks.json", Assert.Single(_fal.Requests).Url.AbsoluteUri);
        Assert.DoesNotContain("Authorization", Assert.Single(_fal.Requests).Headers.Keys);
    }

    [Theory]
    [InlineData("x-fal-webhook-request-id")]
    [InlineData("x-fal-webhook-user-id")]
    [InlineData("x-fal-webhook-timestamp")]
    [InlineData("x-fal-webhook-signature")]
    public async Task VerifyAsync_MissingOrEmptyHeader_IsRefusedAndNamed(string header)
    {
        Assert.Contains(header, await RefusalAsync(Signed(headers => headers.Remove(header))), StringComparison.Ordinal);
        Assert.Contains(header, await RefusalAsync(Signed(headers => headers[header] = "")), StringComparison.Ordinal);
        Assert.Empty(_fal.Requests);
    }

    [Theory]
    [InlineData(-300, true)]
    [InlineData(-301, false)]
    [InlineData(300, true)]
    [InlineData(301, false)]
    [InlineData(-1_700_000_000, false)]
    public async Task VerifyAsync_Age_IsAtMost300Seconds(int offset, bool genuine)
    {
        _fal.Answer(200, Jwks(FalSecret));

        var result = await _verifier.VerifyAsync(Signed(timestamp: 1_700_000_000 + offset), default);

        Assert.Equal(genuine, result is CallbackResult.Genuine);
        Assert.Equal(genuine ? 1 : 0, _fal.Requests.Count);
    }

    [Theory]
    [InlineData("x-fal-webhook-timestamp", "1700000000.0")]
    [InlineData("x-fal-webhook-timestamp", " 1700000000")]
    [InlineData("x-fal-webhook-timestamp", "99999999999999999999999")]
    [InlineData("x-fal-webhook-timestamp", "9223372036854775807")]
    [InlineData("x-fal-webhook-signature", "zz")]
    [InlineData("x-fal-webhook-signature", "00")]
    [InlineData("x-fal-webhook-request-id", "../../x")]
    public async Task VerifyAsync_MalformedHeader_IsRefusedWithoutAskingFal(string header, string value)
    {
        await RefusalAsync(Signed(headers => headers[header] = value));
        Assert.Empty(_fal.Requests);
    }

    [Fact]
    public async Task VerifyAsync_SignatureWithALetterThatIsNotHex_IsRefusedWithoutAskingFal()
    {
        await RefusalAsync(Signed(headers => headers["x-fal-webhook-signature"] = new string('g', 128)));
        Assert.Empty(_fal.Requests);
    }

    [Fact]
    public async Task VerifyAsync_BodyOfAnotherRequest_IsRefusedThoughItIsSigned()
    {
        await RefusalAsync(Signed(body: Encoding.UTF8.GetBytes("""{"request_id":"another"}""")));
        await RefusalAsync(Signed(body: "[]"u8.ToArray()));
        await RefusalAsync(Signed(body: []));
        Assert.Empty(_fal.Requests);
    }

    [Fact]
    public async Task VerifyAsync_TamperedBody_IsRefused()
    {
        _fal.Answer(200, Jwks(FalSecret));
        var signed = Signed();
        var body = Encoding.UTF8.GetString(Body).Replace("o.mp4", "p.mp4", StringComparison.Ordinal);

        await RefusalAsync(signed with { Body = Encoding.UTF8.GetBytes(body) });
    }

    [Theory]
    [InlineData("x-fal-webhook-user-id", "github|7654321")]
    [InlineData("x-fal-webhook-timestamp", "1700000001")]
    public async Task VerifyAsync_TamperedHeader_IsRefused(string header, string value)
    {
        _fal.Answer(200, Jwks(FalSecret));

        await RefusalAsync(Signed(headers => headers[header] = value));
    }

    [Fact]
    public async Task VerifyAsync_AnotherUserThanOurs_IsRefusedThoughItIsSigned()
    {
        _fal.Answer(200, Jwks(FalSecret));
        _options.WebhookUserId = "github|ours";
        await RefusalAsync(Signed());

        _options.WebhookUserId = UserId;
        Assert.IsType<CallbackResult.Genuine>(await _verifier.VerifyAsync(Signed(), default));
    }

    [Fact]
    public async Task VerifyAsync_AnyOfSeveralKeys_WillDo()
    {
        _fal.Answer(200, Jwks(OtherSecret, FalSecret));

        Assert.IsType<CallbackResult.Genuine>(await _verifier.VerifyAsync(Signed(), default));
    }

    [Fact]
    public async Task VerifyAsync_PaddedKey_IsRead()
    {
        _fal.Answer(200, $$"""{"keys":[{"x":"{{Base64Url.EncodeToString(BouncyEd25519.PublicKeyOf(FalSecret))}}="}]}""");

        Assert.IsType<CallbackResult.Genuine>(await _verifier.VerifyAsync(Signed(), default));
    }

    [Fact]
    public async Task VerifyAsync_KeysThatAreNone_AreSkipped()
    {
        var good = Base64Url.EncodeToString(BouncyEd25519.PublicKeyOf(FalSecret));
        _fal.Answer(200, $$"""{"keys":[{},{"x":null},{"x":"###"},{"x":"AAAA"},{"x":"{{new string('A', 5000)}}"},7,{"x":"{{good}}"}]}""");

        Assert.IsType<CallbackResult.Genuine>(await _verifier.VerifyAsync(Signed(), default));
    }

    [Fact]
    public async Task VerifyAsync_ManyCallbacksInADay_AskFalOnce()
    {
        _fal.Answer(200, Jwks(FalSecret));

        for (var hour = 0; hour < 24; hour++)
        {
            var callback = Signed(timestamp: _time.GetUtcNow().ToUnixTimeSeconds());
            Assert.IsType<CallbackResult.Genuine>(await _verifier.VerifyAsync(callback, default));
            _time.Advance(TimeSpan.FromMinutes(59));
        }

        Assert.Single(_fal.Requests);
    }

    [Fact]
    public async Task VerifyAsync_KeysOlderThanADay_AreNotUsed()
    {
        _fal.Answer(200, Jwks(FalSecret)).Answer(500, "");
        await _verifier.VerifyAsync(Signed(), default);

        _time.Advance(TimeSpan.FromHours(24));

        await RefusalAsync(Signed(timestamp: _time.GetUtcNow().ToUnixTimeSeconds()));
        Assert.Equal(2, _fal.Requests.Count);
    }

    [Fact]
    public async Task VerifyAsync_RotatedKey_IsReadOnce()
    {
        _fal.Answer(200, Jwks(OtherSecret)).Answer(200, Jwks(FalSecret));
        await _verifier.VerifyAsync(Signed(secret: OtherSecret), default);
        _time.Advance(FalSigningKeys.MinInterval);

        Assert.IsType<CallbackResult.Genuine>(await _verifier.VerifyAsync(Signed(), default));
        Assert.IsType<CallbackResult.Genuine>(await _verifier.VerifyAsync(Signed(), default));
        Assert.Equal(2, _fal.Requests.Count);
    }

    [Fact]
    public async Task VerifyAsync_RefetchThatFails_KeepsTheKeys()
    {
        _fal
            .Answer(200, Jwks(FalSecret))
            .Answer(503, "")
            .Fail(new HttpRequestException(HttpRequestError.ConnectionError))
            .Answer(200, """{"keys":[]}""");
        await _verifier.VerifyAsync(Signed(), default);

        for (var i = 0; i < 3; i++)
        {
            _time.Advance(FalSigningKeys.MinInterval);
            await RefusalAsync(Signed(secret: OtherSecret));
            Assert.IsType<CallbackResult.Genuine>(await _verifier.VerifyAsync(Signed(), default));
        }

        Assert.Equal(4, _fal.Requests.Count);
    }

    [Fact]
    public async Task VerifyAsync_FloodOfForgeries_AsksFalOncePerInterval()
    {
        _fal.Answer(200, Jwks(FalSecret)).Answer(200, Jwks(FalSecret));
        await _verifier.VerifyAsync(Signed(), default);
        _time.Advance(FalSigningKeys.MinInterval);

        await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => RefusalAsync(Signed(secret: OtherSecret))));

        Assert.Equal(2, _fal.Requests.Count);
    }

    [Fact]
    public async Task VerifyAsync_FalDoesNotAnswer_IsRefusedAfterTheTimeout()
    {
        _fal.Hang();
        var verifying = Task.WhenAll(_verifier.VerifyAsync(Signed(), default), _verifier.VerifyAsync(Signed(), default));

        _time.Advance(_options.ReadTimeout);

        Assert.All(await verifying, r => Assert.Equal(new CallbackResult.Refused("fal's keys could not be read"), r));
        Assert.Single(_fal.Requests);
    }

    [Fact]
    public async Task VerifyAsync_CallerGoesAway_LeavesTheAnswerToTheOthers()
    {
        var answer = new TaskCompletionSource<HttpResponseMessage>();
        _fal.Then(cancellationToken => answer.Task.WaitAsync(cancellationToken));
        using var caller = new CancellationTokenSource();
        var first = _verifier.VerifyAsync(Signed(), caller.Token);
        var second = _verifier.VerifyAsync(Signed(), default);

        await caller.CancelAsync();
        answer.SetResult(new HttpResponseMessage { Content = new StringContent(Jwks(FalSecret)) });

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        Assert.IsType<CallbackResult.Genuine>(await second);
    }

    [Theory]
    [InlineData("<html>")]
    [InlineData("""{"keys":{}}""")]
    [InlineData("{}")]
    public async Task VerifyAsync_NoKeySet_IsRefused(string jwks)
    {
        _fal.Answer(200, jwks);

        Assert.Contains("could not be read", await RefusalAsync(Signed()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task VerifyAsync_EndlessKeySet_IsRefused()
    {
        _fal.Answer(200, $$"""{"padding":"{{new string('x', 70_000)}}","keys":[]}""");

        await RefusalAsync(Signed());
    }

    private static ProviderCallback Signed(
        Action<Dictionary<string, string>>? change = null, byte[]? body = null, long timestamp = 1_700_000_000, byte[]? secret = null)
    {
        body ??= Body;
        var message = Encoding.UTF8.GetBytes(string.Create(
            CultureInfo.InvariantCulture, $"{RequestId}\n{UserId}\n{timestamp}\n{Convert.ToHexStringLower(SHA256.HashData(body))}"));
        var headers = new Dictionary<string, string>
        {
            ["x-fal-webhook-request-id"] = RequestId,
            ["x-fal-webhook-user-id"] = UserId,
            ["x-fal-webhook-timestamp"] = timestamp.ToString(CultureInfo.InvariantCulture),
            ["x-fal-webhook-signature"] = Convert.ToHexStringLower(BouncyEd25519.Sign(secret ?? FalSecret, message)),
        };
        change?.Invoke(headers);
        return new ProviderCallback(headers, body);
    }

    private static string Jwks(params byte[][] secrets) =>
        $$"""{"keys":[{{string.Join(",", secrets.Select(Jwk))}}]}""";

    private static string Jwk(byte[] secret) =>
        $$"""{"kty":"OKP","crv":"Ed25519","x":"{{Base64Url.EncodeToString(BouncyEd25519.PublicKeyOf(secret))}}"}""";

    private async Task<string> RefusalAsync(ProviderCallback callback) =>
        Assert.IsType<CallbackResult.Refused>(await _verifier.VerifyAsync(callback, default)).Reason;
}
