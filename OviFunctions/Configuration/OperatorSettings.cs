using System.Security.Cryptography;

namespace OviFunctions.Configuration;

/// <summary>What the operator may do over HTTP.</summary>
public sealed class OperatorSettings : ISettingRules
{
    [Setting("SHA-256 of the operator's key, 64 hex digits; the calls under /v1/operator are off when it is not set.", NotEmpty = true)]
    public string? KeySha256 { get; set; }

    [Setting("Whether the chain is compared with the ledger, and payments without an order are sent back; off where stores share Payments:PayTo.")]
    public bool WatchChain { get; set; } = true;

    [Setting("Seconds that a payment on the chain may be without an order before it is sent back.", Min = 0, Max = 86400)]
    public int NoOrderGraceSeconds { get; set; } = 300;

    IEnumerable<SettingProblem> ISettingRules.Check(string path)
    {
        if (KeySha256 is null) yield break;
        if (KeySha256.Length != 64 || !KeySha256.All(char.IsAsciiHexDigit))
            yield return new(path + "KeySha256", "is not 64 hex digits. `dotnet run --project OviFunctions -- new-api-key` prints a key and its hash.");
        else if (KeySha256.Equals(Convert.ToHexString(SHA256.HashData([])), StringComparison.OrdinalIgnoreCase))
            yield return new(path + "KeySha256", "is the hash of an empty key. `dotnet run --project OviFunctions -- new-api-key` prints a key and its hash.");
    }
}
