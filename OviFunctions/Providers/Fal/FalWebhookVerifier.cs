using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using OviFunctions.Crypto;

namespace OviFunctions.Providers.Fal;

/// <summary>
/// Whether an Ed25519 signature (RFC 8032) is valid; false, never an exception, for a key or signature of the wrong length.
/// </summary>
public delegate bool Ed25519Verify(ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature);

/// <summary>
/// Checks that a callback was signed by fal (https://fal.ai/docs/model-apis/webhooks): Ed25519 over the request id, the
/// user id, the timestamp and the SHA-256 of the raw body, with any of the keys that fal publishes.
/// </summary>
/// <remarks>
/// Everything that needs no key is checked first, so that a forged callback costs no signature check and no request
/// to fal. fal signs for all customers with the same keys: the token in the callback's path, and
/// <see cref="FalOptions.WebhookUserId"/>, tell ours from theirs.
/// </remarks>
public sealed class FalWebhookVerifier(FalOptions options, HttpClient http, TimeProvider time)
{
    /// <summary>How far a callback's timestamp may be from our clock, either way.</summary>
    public static readonly TimeSpan Tolerance = TimeSpan.FromSeconds(300);

    private const int SignatureBytes = 64;
    private const int MaxUserIdLength = 256;

    private readonly FalSigningKeys _keys = new(options.JwksUrl, http, time, options.ReadTimeout);

    public async Task<CallbackResult> VerifyAsync(ProviderCallback callback, CancellationToken cancellationToken)
    {
        if (Header(callback, "x-fal-webhook-request-id") is not { } requestId) return Missing("x-fal-webhook-request-id");
        if (Header(callback, "x-fal-webhook-user-id") is not { } userId) return Missing("x-fal-webhook-user-id");
        if (Header(callback, "x-fal-webhook-timestamp") is not { } timestamp) return Missing("x-fal-webhook-timestamp");
        if (Header(callback, "x-fal-webhook-signature") is not { } signatureHex) return Missing("x-fal-webhook-signature");

        if (!ProviderUrls.IsRequestId(requestId)) return new CallbackResult.Refused("the request id is malformed");
        if (userId.Length > MaxUserIdLength) return new CallbackResult.Refused("the user id is too long");
        if (options.WebhookUserId is { Length: > 0 } ours && userId != ours) return new CallbackResult.Refused("it is of another fal user");
        if (!IsFresh(timestamp)) return new CallbackResult.Refused($"the timestamp is not within {Tolerance.TotalSeconds:0} s of now");
        if (ParseSignature(signatureHex) is not { } signature)
            return new CallbackResult.Refused($"the signature is not {SignatureBytes} bytes of hex");
        if (ProviderJson.ParseObject(callback.Body)?.GetText("request_id") != requestId)
            return new CallbackResult.Refused("header and body name different requests");

        var message = MessageOf(requestId, userId, timestamp, callback.Body.Span);
        var keys = await _keys.GetAsync(cancellationToken);
        if (IsSigned(keys.Keys, message, signature)) return new CallbackResult.Genuine(requestId);

        // fal may have rotated its keys since they were read.
        var newer = await _keys.GetNewerAsync(keys, cancellationToken);
        return newer != keys && IsSigned(newer.Keys, message, signature)
            ? new CallbackResult.Genuine(requestId)
            : new CallbackResult.Refused(newer.Keys.Count == 0 ? "fal's keys could not be read" : "no key of fal fits the signature");
    }

    private static bool IsSigned(IReadOnlyList<byte[]> keys, byte[] message, byte[] signature) => keys.Any(key => Ed25519.Verify(key, message, signature));

    private bool IsFresh(string timestamp) =>
        long.TryParse(timestamp, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
        && Int128.Abs((Int128)time.GetUtcNow().ToUnixTimeSeconds() - seconds) <= (long)Tolerance.TotalSeconds;

    private static byte[] MessageOf(string requestId, string userId, string timestamp, ReadOnlySpan<byte> body) =>
        Encoding.UTF8.GetBytes($"{requestId}\n{userId}\n{timestamp}\n{Convert.ToHexStringLower(SHA256.HashData(body))}");

    private static byte[]? ParseSignature(string hex)
    {
        var signature = new byte[SignatureBytes];
        return hex.Length == 2 * SignatureBytes && Convert.FromHexString(hex, signature, out _, out _) == OperationStatus.Done
            ? signature
            : null;
    }

    private static string? Header(ProviderCallback callback, string name) =>
        callback.Headers.TryGetValue(name, out var value) && value.Length > 0 ? value : null;

    private static CallbackResult.Refused Missing(string header) => new($"the header {header} is missing");
}
