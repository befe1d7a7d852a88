using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;

namespace OviFunctions.DevStack.Simulators;

/// <summary>
/// Signs webhooks in the manner of Standard Webhooks: HMAC-SHA256 over <c>{webhook-id}.{webhook-timestamp}.{body}</c>.
/// </summary>
/// <param name="key">The secret's bytes.</param>
/// <param name="encode">From the MAC to the text of <c>webhook-signature</c>, with its version.</param>
internal sealed class WebhookHmac(byte[] key, Func<byte[], string> encode)
{
    private const string Prefix = "whsec_";

    /// <summary>WaveSpeed's: the secret's text after <c>whsec_</c> is the key as it stands; <c>v3,</c> and hex.</summary>
    public static WebhookHmac OfWaveSpeed(string secret) =>
        new(Encoding.UTF8.GetBytes(WithoutPrefix(secret)), mac => $"v3,{Convert.ToHexStringLower(mac)}");

    /// <summary>OpenAI's, which is the standard: the text after <c>whsec_</c> is Base64 of the key; <c>v1,</c> and Base64.</summary>
    public static WebhookHmac OfOpenAi(string secret) =>
        new(Convert.FromBase64String(WithoutPrefix(secret)), mac => $"v1,{Convert.ToBase64String(mac)}");

    /// <summary>Adds the three headers to a webhook about a job; with a key that nobody knows when <paramref name="forged"/>.</summary>
    public void Sign(HttpRequestHeaders headers, string webhookId, byte[] body, bool forged) =>
        Sign(headers, webhookId, TimeProvider.System.GetUtcNow().ToUnixTimeSeconds(), body, forged);

    internal void Sign(HttpRequestHeaders headers, string webhookId, long unixSeconds, byte[] body, bool forged)
    {
        var timestamp = unixSeconds.ToString(CultureInfo.InvariantCulture);
        byte[] message = [.. Encoding.UTF8.GetBytes($"{webhookId}.{timestamp}."), .. body];
        headers.Add("webhook-id", webhookId);
        headers.Add("webhook-timestamp", timestamp);
        headers.TryAddWithoutValidation(
            "webhook-signature", encode(HMACSHA256.HashData(forged ? RandomNumberGenerator.GetBytes(key.Length) : key, message)));
    }

    private static string WithoutPrefix(string secret) =>
        secret.StartsWith(Prefix, StringComparison.Ordinal) ? secret[Prefix.Length..] : secret;
}
