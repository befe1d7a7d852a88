using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace OviFunctions.Webhooks;

/// <summary>
/// Signatures of Standard Webhooks 1.0.0 (https://github.com/standard-webhooks/standard-webhooks): HMAC-SHA256 over
/// <c>{id}.{timestamp}.{body}</c>, written <c>v1,{base64}</c>; several, separated by spaces, while a secret is rotated.
/// </summary>
public static class StandardWebhook
{
    public const string IdHeader = "webhook-id";
    public const string TimestampHeader = "webhook-timestamp";
    public const string SignatureHeader = "webhook-signature";

    /// <summary>How far a message's timestamp may be from the receiver's clock, either way.</summary>
    public static readonly TimeSpan DefaultTolerance = TimeSpan.FromMinutes(5);

    private const string Version = "v1,";
    private const int MaxSignatures = 16;

    /// <summary>The value of <c>webhook-signature</c>: one signature for each secret.</summary>
    /// <param name="id">The message's id, the same in all attempts.</param>
    /// <param name="timestamp">The time of this attempt.</param>
    /// <param name="body">The body exactly as it is sent.</param>
    /// <param name="secrets">The current secret, and the previous one while it is replaced.</param>
    /// <exception cref="ArgumentException">No secret, or an id that would make the signed text ambiguous.</exception>
    public static string Sign(string id, DateTimeOffset timestamp, ReadOnlySpan<byte> body, IReadOnlyList<WebhookSecret> secrets)
    {
        if (!IsId(id)) throw new ArgumentException("A webhook id has 1 to 128 visible ASCII characters and no full stop.", nameof(id));
        if (secrets.Count == 0) throw new ArgumentException("A webhook is signed with at least one secret.", nameof(secrets));
        var signatures = new List<string>(secrets.Count);
        foreach (var secret in secrets)
            signatures.Add(Version + Convert.ToBase64String(Mac(secret.Key, id, timestamp.ToUnixTimeSeconds(), body)));
        return string.Join(' ', signatures);
    }

    /// <summary>Checks a message that was received. The caller keeps the ids that it has seen, if it must not act twice.</summary>
    /// <param name="id">The header <c>webhook-id</c>; null when it is missing.</param>
    /// <param name="timestamp">The header <c>webhook-timestamp</c>; null when it is missing.</param>
    /// <param name="signatures">The header <c>webhook-signature</c>; null when it is missing.</param>
    /// <param name="body">The raw body.</param>
    /// <param name="secrets">The secrets any of which may have signed it.</param>
    /// <param name="now">The receiver's time.</param>
    /// <param name="tolerance">How far the timestamp may be from <paramref name="now"/>; five minutes when null.</param>
    public static WebhookVerification Verify(
        string? id,
        string? timestamp,
        string? signatures,
        ReadOnlySpan<byte> body,
        IReadOnlyList<WebhookSecret> secrets,
        DateTimeOffset now,
        TimeSpan? tolerance = null)
    {
        if (string.IsNullOrEmpty(id) || string.IsNullOrEmpty(timestamp) || string.IsNullOrEmpty(signatures))
            return WebhookVerification.MissingHeader;
        if (!IsId(id) || !long.TryParse(timestamp, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds))
            return WebhookVerification.Malformed;

        var age = (Int128)now.ToUnixTimeSeconds() - seconds;
        var allowed = (long)(tolerance ?? DefaultTolerance).TotalSeconds;
        if (age > allowed) return WebhookVerification.TooOld;
        if (age < -allowed) return WebhookVerification.TooNew;

        foreach (var secret in secrets)
        {
            var expected = Mac(secret.Key, id, seconds, body);
            if (signatures.Split(' ').Take(MaxSignatures).Any(s => IsSignature(s, expected))) return WebhookVerification.Valid;
        }

        return WebhookVerification.WrongSignature;
    }

    /// <summary>The signature itself, for any key.</summary>
    internal static byte[] Mac(ReadOnlySpan<byte> key, string id, long timestamp, ReadOnlySpan<byte> body)
    {
        using var hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key);
        hmac.AppendData(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{id}.{timestamp}.")));
        hmac.AppendData(body);
        return hmac.GetHashAndReset();
    }

    private static bool IsSignature(string text, byte[] expected)
    {
        if (!text.StartsWith(Version, StringComparison.Ordinal)) return false;
        var signature = new byte[expected.Length];
        return Convert.TryFromBase64Chars(text.AsSpan(Version.Length), signature, out var length)
            && CryptographicOperations.FixedTimeEquals(expected, signature.AsSpan(0, length));
    }

    // The specification forbids full stops: they separate the parts of the signed text.
    private static bool IsId(string id) => id.Length is > 0 and <= 128 && id.All(c => c is > ' ' and < '\x7f' and not '.');
}

/// <summary>What <see cref="StandardWebhook.Verify"/> found.</summary>
public enum WebhookVerification
{
    Valid,
    MissingHeader,
    Malformed,
    TooOld,
    TooNew,
    WrongSignature,
}
