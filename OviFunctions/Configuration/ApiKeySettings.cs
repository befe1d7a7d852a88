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

    [Setting("The last day (UTC) on which the key may be used; no end when not set.", Example = "2027-12-31")]
    public DateOnly? LastDay { get; set; }

    [Setting("What the key's jobs of a day (UTC) may cost, in USDC; jobs that fail are given back.", Min = 0, Max = 1000000)]
    public decimal DailyBudgetUsdc { get; set; } = 100m;

    [Setting("How many of the key's jobs may run at once; each video of a batch counts.", Min = 1, Max = 1000)]
    public int MaxRunning { get; set; } = 20;

    [Setting("Whether every order needs an Idempotency-Key.")]
    public bool RequireIdempotencyKey { get; set; } = true;

    IEnumerable<SettingProblem> ISettingRules.Check(string path)
    {
        if (Sha256.Length != 64 || !Sha256.All(char.IsAsciiHexDigit))
            yield return new(path + "Sha256", "is not 64 hex digits. `dotnet run --project OviFunctions -- new-api-key` prints a key and its hash.");
    }
}
