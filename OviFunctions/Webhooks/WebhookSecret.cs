using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace OviFunctions.Webhooks;

/// <summary>
/// A symmetric secret of Standard Webhooks 1.0.0: 24 to 64 bytes, written <c>whsec_</c> + base64. It prints as
/// <c>whsec_***</c>, so that it does not end in a log by accident.
/// </summary>
public sealed class WebhookSecret
{
    public const string Prefix = "whsec_";
    public const int MinBytes = 24;
    public const int MaxBytes = 64;
    private const int NewBytes = 32;

    private readonly byte[] _key;

    private WebhookSecret(byte[] key) => _key = key;

    /// <summary>A new random secret.</summary>
    public static WebhookSecret Create() => new(RandomNumberGenerator.GetBytes(NewBytes));

    /// <summary>A secret of given bytes, for example derived from a server key.</summary>
    /// <exception cref="ArgumentException">Fewer than 24 or more than 64 bytes.</exception>
    public static WebhookSecret FromBytes(ReadOnlySpan<byte> key) => key.Length is >= MinBytes and <= MaxBytes
        ? new WebhookSecret(key.ToArray())
        : throw new ArgumentException($"A webhook secret has {MinBytes} to {MaxBytes} bytes, not {key.Length}.", nameof(key));

    /// <summary>Reads the written form; the prefix may be missing, as in the reference libraries.</summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out WebhookSecret? secret)
    {
        secret = null;
        if (text is null) return false;
        var encoded = text.StartsWith(Prefix, StringComparison.Ordinal) ? text.AsSpan(Prefix.Length) : text;
        var key = new byte[MaxBytes];
        if (!Convert.TryFromBase64Chars(encoded, key, out var length) || length < MinBytes) return false;
        secret = new WebhookSecret(key[..length]);
        return true;
    }

    /// <summary>The written form, to be shown once to the buyer it belongs to.</summary>
    public string Reveal() => Prefix + Convert.ToBase64String(_key);

    public override string ToString() => Prefix + "***";

    internal ReadOnlySpan<byte> Key => _key;
}
