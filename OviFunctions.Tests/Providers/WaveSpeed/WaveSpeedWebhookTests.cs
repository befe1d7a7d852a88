using System.Security.Cryptography;
using System.Text;
using OviFunctions.Providers;

namespace OviFunctions.Tests.Providers.WaveSpeed;

public sealed class WaveSpeedWebhookTests
{
    private const string Body = """{"id":"pred_test","status":"completed","outputs":["https://example.com/a.mp4"],"error":""}""";

    // Made outside of this code base, over the body above.
    private const string Vector = "v3,0cd41f005e6f4c4e4762f985e61ea3672034651bc08c8dc0970765da26e8a775";

    private readonly WaveSpeedAccount _account = new();

    [Fact]
    public async Task ReadCallbackAsync_Vector_IsGenuine() =>
        Assert.Equal(new CallbackResult.Genuine("pred_test"), await ReadAsync(_account, "wh_1", "1700000000", Vector, Body));

    [Theory]
    [InlineData("wh_2", "1700000000", Vector, Body)]
    [InlineData("wh_1", "1700000001", Vector, Body)]
    [InlineData("wh_1", "1700000000", Vector, Body + " ")]
    [InlineData("wh_1", "1700000000", "v3,1cd41f005e6f4c4e4762f985e61ea3672034651bc08c8dc0970765da26e8a775", Body)]
    [InlineData("wh_1", "1700000000", "v1,0cd41f005e6f4c4e4762f985e61ea3672034651bc08c8dc0970765da26e8a775", Body)]
    [InlineData("wh_1", "1700000000", "v3,0cd41f", Body)]
    [InlineData("wh_1", "1700000000", "v3,zcd41f005e6f4c4e4762f985e61ea3672034651bc08c8dc0970765da26e8a775", Body)]
    [InlineData("wh_1", "1700000000", "v3,", Body)]
    [InlineData("wh_1", "1700000000", "", Body)]
    [InlineData("wh_1", "", Vector, Body)]
    [InlineData("", "1700000000", Vector, Body)]
    [InlineData("wh_1", "+1700000000", Vector, Body)]
    [InlineData("wh_1", "99999999999999999999", Vector, Body)]
    public async Task ReadCallbackAsync_AnythingElse_IsRefused(string id, string timestamp, string signature, string body) =>
        Assert.IsType<CallbackResult.Refused>(await ReadAsync(_account, id, timestamp, signature, body));

    [Theory]
    [InlineData(-300, true)]
    [InlineData(-301, false)]
    [InlineData(300, true)]
    [InlineData(301, false)]
    public async Task ReadCallbackAsync_Age_IsAtMost300Seconds(int offset, bool genuine)
    {
        var timestamp = $"{1_700_000_000 + offset}";

        var result = await ReadAsync(_account, "wh_1", timestamp, Sign("dGVzdC1zZWNyZXQ=", "wh_1", timestamp, Body), Body);

        Assert.Equal(genuine, result is CallbackResult.Genuine);
    }

    [Theory]
    [InlineData("dGVzdC1zZWNyZXQ=", true)] // without its prefix in the settings
    [InlineData("another", false)]
    [InlineData(null, false)]
    [InlineData("", false)] // else anybody could sign
    public async Task ReadCallbackAsync_Secret_IsTheTextAfterThePrefix(string? secret, bool genuine)
    {
        var signature = secret is "" ? Sign("", "wh_1", "1700000000", Body) : Vector;

        var result = await ReadAsync(new WaveSpeedAccount(secret), "wh_1", "1700000000", signature, Body);

        Assert.Equal(genuine, result is CallbackResult.Genuine);
    }

    [Theory]
    [InlineData("""{"id":"../../balance"}""")]
    [InlineData("""{"id":7}""")]
    [InlineData("{}")]
    [InlineData("pred_test")]
    public async Task ReadCallbackAsync_SignedBodyWithoutAnId_IsRefused(string body) => Assert.IsType<CallbackResult.Refused>(
        await ReadAsync(_account, "wh_1", "1700000000", Sign("dGVzdC1zZWNyZXQ=", "wh_1", "1700000000", body), body));

    private static string Sign(string key, string id, string timestamp, string body) =>
        "v3," + Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(key), Encoding.UTF8.GetBytes($"{id}.{timestamp}.{body}")));

    private static Task<CallbackResult> ReadAsync(WaveSpeedAccount account, string id, string timestamp, string signature, string body) =>
        account.Provider.ReadCallbackAsync(
            new ProviderCallback(
                new Dictionary<string, string> { ["webhook-id"] = id, ["webhook-timestamp"] = timestamp, ["webhook-signature"] = signature },
                Encoding.UTF8.GetBytes(body)),
            default);
}
