using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using OviFunctions.Configuration;

namespace OviFunctions.Http;

/// <summary>Who may operate the store: the holder of the operator's key. Without a configured key nobody may, and nothing is there.</summary>
public sealed class OperatorAccess(OviSettings settings)
{
    private readonly byte[]? _hash = settings.Operator.KeySha256 is { } hash ? Convert.FromHexString(hash) : null;

    /// <summary>Why the request is refused; null when it is the operator's. The key is compared in constant time.</summary>
    public Problem? WhyRefused(HttpRequest request)
    {
        if (_hash is null) return Off;
        if (JobAccess.BearerToken(request) is not { } presented) return NotTheOperator;
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(presented), hash);
        return CryptographicOperations.FixedTimeEquals(hash, _hash) ? null : NotTheOperator;
    }

    private static Problem Off { get; } = new(404, "not_found", "There is nothing here.");

    private static Problem NotTheOperator { get; } = new(401, "operator_key_needed", "This needs the operator's key.",
        "Send it as Authorization: Bearer.") { RetryAction = RetryAction.Abandon };
}
