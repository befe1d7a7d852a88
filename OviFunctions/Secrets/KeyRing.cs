using System.Buffers.Text;
using System.Collections.Frozen;
using System.Security.Cryptography;
using System.Text;
using OviFunctions.Configuration;

namespace OviFunctions.Secrets;

/// <summary>What a derived key is for. Keys of different purposes cannot stand in for each other.</summary>
public enum KeyPurpose
{
    /// <summary>Job tokens and links to images and videos.</summary>
    Access,

    /// <summary>Tokens in the callback URLs that providers get.</summary>
    Callback,

    /// <summary>Secrets that sign webhooks to buyers.</summary>
    Webhook,

    /// <summary>Cursors of lists.</summary>
    Cursor,
}

/// <summary>
/// The server keys and what is derived from them: HKDF-SHA256 (RFC 5869) per purpose, HMAC-SHA256 over the
/// content. A job keeps the id of the key that was current when it was made, so that keys can be replaced
/// while tokens, callbacks and links made with the old one still work.
/// </summary>
public sealed class KeyRing
{
    private readonly FrozenDictionary<(string KeyId, KeyPurpose Purpose), byte[]> _keys;

    public KeyRing(SecretsSettings settings)
    {
        CurrentKeyId = settings.Keys[0].Id;
        _keys = settings.Keys
            .SelectMany(key => Enum.GetValues<KeyPurpose>().Select(purpose => (key, purpose)))
            .ToFrozenDictionary(x => (x.key.Id, x.purpose), x => Derive(x.key.Value, x.purpose));
    }

    /// <summary>The key for new jobs and links.</summary>
    public string CurrentKeyId { get; }

    /// <summary>Whether tokens made with this key can still be checked.</summary>
    public bool Knows(string keyId) => _keys.ContainsKey((keyId, KeyPurpose.Access));

    /// <summary>HMAC-SHA256 of the parts under a key of the ring. The parts are length-prefixed, so that no two lists of parts have the same input.</summary>
    /// <exception cref="KeyNotFoundException">The key is not in the ring any more.</exception>
    public byte[] Mac(string keyId, KeyPurpose purpose, params ReadOnlySpan<string> parts)
    {
        if (!_keys.TryGetValue((keyId, purpose), out var key))
            throw new KeyNotFoundException($"The server key \"{keyId}\" is not in Secrets:Keys any more.");
        using var hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key);
        foreach (var part in parts) hmac.AppendData(Encoding.UTF8.GetBytes($"{Encoding.UTF8.GetByteCount(part)}:{part}"));
        return hmac.GetHashAndReset();
    }

    /// <summary>A token of 32 URL-safe characters (192 bits) over the parts.</summary>
    public string Token(string keyId, KeyPurpose purpose, params ReadOnlySpan<string> parts) =>
        Base64Url.EncodeToString(Mac(keyId, purpose, parts).AsSpan(0, 24));

    /// <summary>Whether a token was made by <see cref="Token"/> from these parts; compared in constant time.</summary>
    public bool Verify(string token, string keyId, KeyPurpose purpose, params ReadOnlySpan<string> parts) =>
        Knows(keyId) && CryptographicOperations.FixedTimeEquals(
            Encoding.UTF8.GetBytes(token), Encoding.UTF8.GetBytes(Token(keyId, purpose, parts)));

    private static byte[] Derive(string value, KeyPurpose purpose) =>
        HKDF.DeriveKey(HashAlgorithmName.SHA256, Convert.FromBase64String(value), 32,
            info: Encoding.ASCII.GetBytes($"ovifunctions/{purpose.ToString().ToLowerInvariant()}/v1"));
}
