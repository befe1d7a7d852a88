using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using OviFunctions.Payments.Identity;

namespace OviFunctions.Jobs;

/// <summary>
/// Job ids: <c>job_</c>, ten characters that name the buyer, 26 that name the order; all base32 (RFC 4648, lower case).
/// The jobs of one buyer are therefore a prefix query. Ids of paid jobs follow from the payment: <see cref="PaymentIdentity"/>.
/// </summary>
public static class JobIdentity
{
    /// <summary>What all job ids begin with.</summary>
    public const string Prefix = "job_";

    private const int BuyerLength = 10;
    private const int OrderLength = 26;
    private const int ItemSuffixLength = 3;

    private static readonly SearchValues<char> Base32Digits = SearchValues.Create("abcdefghijklmnopqrstuvwxyz234567");

    /// <summary>The id of an API key's order. The same idempotency key is the same job; without one every order is new.</summary>
    public static string ForApiKey(string keyId, string? idempotencyKey) =>
        BuyerPrefixOfApiKey(keyId) + Base32.Encode(SHA256.HashData(idempotencyKey is null
            ? [.. "ovi-key-order-v1|"u8, .. RandomNumberGenerator.GetBytes(32)]
            : Encoding.UTF8.GetBytes($"ovi-key-idempotent-v1|{keyId.Length}|{keyId}|{idempotencyKey}")), OrderLength);

    /// <summary>Whether this API key ordered the job.</summary>
    public static bool BelongsToApiKey(string jobId, string keyId) =>
        jobId.StartsWith(BuyerPrefixOfApiKey(keyId), StringComparison.Ordinal);

    /// <summary>The part of a job id that all jobs of its buyer share.</summary>
    public static string BuyerPrefix(string jobId) => jobId[..(Prefix.Length + BuyerLength)];

    /// <summary>Whether a text has the form of a job id.</summary>
    public static bool IsJobId(string text) =>
        text.Length == Prefix.Length + BuyerLength + OrderLength
        && text.StartsWith(Prefix, StringComparison.Ordinal)
        && text.AsSpan(Prefix.Length).IndexOfAnyExcept(Base32Digits) < 0;

    /// <summary>The id of one of a batch's videos: the batch's, and the item's place from 0 in two digits. Not a job id: nobody reads it as a job of its own.</summary>
    public static string Item(string batchId, int index) => string.Create(CultureInfo.InvariantCulture, $"{batchId}_{index:00}");

    /// <summary>Whether a text has the form of an item's id.</summary>
    public static bool IsItemId(string text) =>
        text.Length > ItemSuffixLength && IsJobId(text[..^ItemSuffixLength]) && text[^3] == '_' && char.IsAsciiDigit(text[^2]) && char.IsAsciiDigit(text[^1]);

    /// <summary>The batch to which an item belongs.</summary>
    public static string BatchOf(string itemId) => itemId[..^ItemSuffixLength];

    /// <summary>The place of an item in its batch, from 0.</summary>
    public static int IndexOf(string itemId) => int.Parse(itemId.AsSpan()[^2..], NumberStyles.None, CultureInfo.InvariantCulture);

    internal static string BuyerPrefixOfApiKey(string keyId) => Prefix + Base32.Encode(SHA256.HashData(Encoding.UTF8.GetBytes($"ovi-key-v1|{keyId}")), BuyerLength);
}
