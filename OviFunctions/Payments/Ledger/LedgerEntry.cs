using System.Text.Json.Serialization;

namespace OviFunctions.Payments.Ledger;

/// <summary>What happened with money.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<LedgerEntryType>))]
public enum LedgerEntryType
{
    /// <summary>A buyer's payment arrived.</summary>
    Settled,

    /// <summary>A refund was signed; the money has not moved yet.</summary>
    RefundSigned,

    /// <summary>A refund arrived at the payer.</summary>
    Refunded,

    /// <summary>A refund that is owed and cannot be paid, as to a blacklisted wallet: a liability.</summary>
    RefundBlocked,

    /// <summary>A provider took a job that it will bill.</summary>
    ProviderCost,
}

/// <summary>One line of the ledger (payments.md section 8). No prompts, no signatures. Nothing deletes it.</summary>
public sealed record LedgerEntry
{
    public required LedgerEntryType Type { get; init; }

    public required string JobId { get; init; }

    /// <summary>
    /// When it happened, UTC: the block's time where the chain is concerned. The entry is found under this day; of a repeated
    /// event, the first time stands.
    /// </summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>Atomic units of the asset; for <see cref="LedgerEntryType.ProviderCost"/> millionths of a dollar.</summary>
    public required long AmountAtomic { get; init; }

    /// <summary>CAIP-2; null where no chain is concerned.</summary>
    public string? Network { get; init; }

    public string? Asset { get; init; }

    public string? Transaction { get; init; }

    /// <summary>The position of the Transfer among its block's logs.</summary>
    public ulong? LogIndex { get; init; }

    public ulong? Block { get; init; }

    public string? From { get; init; }

    public string? To { get; init; }

    /// <summary>The facilitator or provider that took part, by its configured name.</summary>
    public string? Counterparty { get; init; }

    /// <summary>What tells two events of one type and job apart: a refund's generation, an attempt's lane and submit.</summary>
    public string? Detail { get; init; }

    /// <summary>The entry that this one undoes or follows from, <c>{job}/{entry}</c>: of a refund, the settlement's.</summary>
    public string? LinkedEntry { get; init; }

    /// <summary>The name of a job's settlement, for <see cref="LinkedEntry"/>. A job is settled once.</summary>
    public static string SettlementOf(string jobId) => $"{jobId}/{LedgerEntryType.Settled}";
}

/// <summary>The append-only record of all money events.</summary>
public interface ILedger
{
    /// <summary>Records an event; recording it again changes nothing.</summary>
    Task RecordAsync(LedgerEntry entry, CancellationToken cancellationToken);
}
