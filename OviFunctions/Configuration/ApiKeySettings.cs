namespace OviFunctions.Configuration;

/// <summary>An API key: its id and the hash of its text. <c>dotnet run --project OviFunctions -- new-api-key</c> makes one.</summary>
public sealed class ApiKeySettings : ISettingRules
{
    [Setting("The key's id; it names the buyer in records.", Required = true, Example = "alice")]
    public string Id { get; set; } = "";

    [Setting("SHA-256 of the key's text, 64 hex digits; the key itself is never stored.", Required = true)]
    public string Sha256 { get; set; } = "";

    [Setting("Whether the key may be used.")]
    public bool Enabled { get; set; } = true;

    [Setting("Whether every order needs an Idempotency-Key.")]
    public bool RequireIdempotencyKey { get; set; } = true;

    IEnumerable<SettingProblem> ISettingRules.Check(string path)
    {
        if (Sha256.Length != 64 || !Sha256.All(char.IsAsciiHexDigit))
            yield return new(path + "Sha256", "is not 64 hex digits. `dotnet run --project OviFunctions -- new-api-key` prints a key and its hash.");
    }
}
