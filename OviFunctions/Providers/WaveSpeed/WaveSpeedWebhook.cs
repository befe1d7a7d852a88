using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace OviFunctions.Providers.WaveSpeed;

/// <summary>
/// Checks that a callback was signed by WaveSpeed (https://wavespeed.ai/docs/verify-webhooks). Its headers are named as those of
/// Standard Webhooks, and the rest differs: <c>v3,</c> and hex, and a key that is the secret's text after <c>whsec_</c>, not
/// the bytes that this would decode to.
/// </summary>
internal sealed class WaveSpeedWebhook(string? secret, TimeProvider time)
{
    /// <summary>How far a callback's timestamp may be from our clock, either way.</summary>
    public static readonly TimeSpan Tolerance = TimeSpan.FromSeconds(300);

    private const string SecretPrefix = "whsec_";
    private const string Version = "v3,";

    public CallbackResult Verify(ProviderCallback callback)
    {
        if (string.IsNullOrEmpty(secret)) return new CallbackResult.Refused("the account has no WebhookSecret");
        if (Header(callback, "webhook-id") is not { } id) return Missing("webhook-id");
        if (Header(callback, "webhook-timestamp") is not { } timestamp) return Missing("webhook-timestamp");
        if (Header(callback, "webhook-signature") is not { } signature) return Missing("webhook-signature");

        if (!IsFresh(timestamp)) return new CallbackResult.Refused($"the timestamp is not within {Tolerance.TotalSeconds:0} s of now");
        if (Parse(signature) is not { } claimed) return new CallbackResult.Refused("the signature is not v3, and 32 bytes of hex");
        if (!CryptographicOperations.FixedTimeEquals(claimed, Mac(secret, id, timestamp, callback.Body.Span)))
            return new CallbackResult.Refused("the signature does not fit the secret");

        var requestId = ProviderJson.ParseObject(callback.Body)?.GetText("id");
        return ProviderUrls.IsRequestId(requestId)
            ? new CallbackResult.Genuine(requestId!)
            : new CallbackResult.Refused("the body names no prediction");
    }

    private static byte[] Mac(string secret, string id, string timestamp, ReadOnlySpan<byte> body)
    {
        var key = secret.StartsWith(SecretPrefix, StringComparison.Ordinal) ? secret[SecretPrefix.Length..] : secret;
        using var mac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, Encoding.UTF8.GetBytes(key));
        mac.AppendData(Encoding.UTF8.GetBytes($"{id}.{timestamp}."));
        mac.AppendData(body);
        return mac.GetHashAndReset();
    }

    private bool IsFresh(string timestamp) =>
        long.TryParse(timestamp, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
        && Int128.Abs((Int128)time.GetUtcNow().ToUnixTimeSeconds() - seconds) <= (long)Tolerance.TotalSeconds;

    private static byte[]? Parse(string signature)
    {
        var bytes = new byte[HMACSHA256.HashSizeInBytes];
        return signature.StartsWith(Version, StringComparison.Ordinal)
            && signature.Length == Version.Length + (2 * bytes.Length)
            && Convert.FromHexString(signature.AsSpan(Version.Length), bytes, out _, out _) == OperationStatus.Done
            ? bytes
            : null;
    }

    private static string? Header(ProviderCallback callback, string name) =>
        callback.Headers.TryGetValue(name, out var value) && value.Length > 0 ? value : null;

    private static CallbackResult.Refused Missing(string header) => new($"the header {header} is missing");
}
