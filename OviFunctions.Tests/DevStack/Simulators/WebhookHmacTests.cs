using System.Text;
using OviFunctions.DevStack.Simulators;

namespace OviFunctions.Tests.DevStack.Simulators;

public sealed class WebhookHmacTests
{
    private const string Secret = "whsec_dGVzdC1zZWNyZXQ=";
    private const string Body = """{"id":"pred_test","status":"completed","outputs":["https://example.com/a.mp4"],"error":""}""";

    // Made from the vendors' descriptions with other code: no vendor publishes a vector that verifies.
    [Theory]
    [InlineData(true, "v3,0cd41f005e6f4c4e4762f985e61ea3672034651bc08c8dc0970765da26e8a775")]
    [InlineData(false, "v1,xZBMXurwO0cAISrENa8rnygZR7I5hd+QZ8vp68CSv7c=")]
    public void Sign_OfADescribedScheme_GivesItsSignature(bool isWaveSpeed, string signature)
    {
        Assert.Equal(signature, SignatureOf(isWaveSpeed, forged: false));
        Assert.NotEqual(signature, SignatureOf(isWaveSpeed, forged: true));
    }

    private static string SignatureOf(bool isWaveSpeed, bool forged)
    {
        var signer = isWaveSpeed ? WebhookHmac.OfWaveSpeed(Secret) : WebhookHmac.OfOpenAi(Secret);
        using var message = new HttpRequestMessage();
        signer.Sign(message.Headers, "wh_1", 1_700_000_000, Encoding.UTF8.GetBytes(Body), forged);
        Assert.Equal(("wh_1", "1700000000"), (message.Headers.GetValues("webhook-id").Single(), message.Headers.GetValues("webhook-timestamp").Single()));
        return message.Headers.GetValues("webhook-signature").Single();
    }
}
