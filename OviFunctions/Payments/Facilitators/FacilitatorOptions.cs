using OviFunctions.Payments.X402;

namespace OviFunctions.Payments.Facilitators;

/// <summary>One facilitator.</summary>
/// <param name="Name">For logs and the ledger.</param>
/// <param name="BaseUrl">Absolute; <c>verify</c>, <c>settle</c> and <c>supported</c> lie below it.</param>
public sealed record FacilitatorOptions(string Name, Uri BaseUrl)
{
    /// <summary>
    /// The version spoken with it, whatever the buyer's: both carry the same signed transfer. Version 1 only for a
    /// facilitator that knows nothing else.
    /// </summary>
    public X402Version Version { get; init; } = X402Version.V2;

    /// <summary>Sent as <c>Authorization: Bearer</c>; null for none.</summary>
    public string? BearerToken { get; init; }

    /// <summary>How long a verify may take.</summary>
    public TimeSpan VerifyTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a settle may take; it waits for the transaction, on Base 10 to 28 s at worst.</summary>
    public TimeSpan SettleTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The token stays out of logs.</summary>
    public override string ToString() => $"{Name} ({BaseUrl.Host})";
}
