using System.Text.Json.Serialization;

namespace OviFunctions.Payments.Facilitators;

/// <summary>A facilitator's word that it has settled a payment.</summary>
/// <param name="Facilitator">Who said it.</param>
/// <param name="Transaction">Where the money is said to have moved.</param>
/// <param name="At">When.</param>
public sealed record SettleStatement(string Facilitator, string Transaction, DateTimeOffset At)
{
    /// <summary>The chain's head, as our node saw it after the answer; null as long as nobody looked.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ulong? Head { get; init; }
}
