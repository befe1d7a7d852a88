using System.Security.Cryptography;
using System.Text;
using OviFunctions.Configuration;

namespace OviFunctions.Http;

/// <summary>The API keys that may order. Only hashes are kept; a key is compared with all of them in constant time.</summary>
public sealed class ApiKeys(OviSettings settings, TimeProvider clock)
{
    private readonly (ApiKeySettings Key, byte[] Hash)[] _keys =
        [.. settings.ApiKeys.Select(k => (k, Convert.FromHexString(k.Sha256)))];

    /// <summary>The key's settings; null when it is unknown, switched off or expired.</summary>
    public ApiKeySettings? Find(string presented)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(presented), hash);
        ApiKeySettings? found = null;
        foreach (var (key, expected) in _keys)
        {
            if (CryptographicOperations.FixedTimeEquals(hash, expected)) found = key;
        }

        return found is { Enabled: true } && !(found.LastDay < DateOnly.FromDateTime(clock.GetUtcNow().UtcDateTime)) ? found : null;
    }
}
