using System.Text.Json.Serialization;
using OviFunctions.Payments.Evm;
using OviFunctions.Payments.Identity;
using OviFunctions.Payments.Ledger;

namespace OviFunctions.Payments.Reconciliation;

/// <summary>A Transfer of our asset that the chain shows.</summary>
/// <param name="AmountAtomic">More than 0: transfers of nothing are free, and strangers' jokes.</param>
/// <param name="Nonce">Of the EIP-3009 authorization that moved it; null for a plain transfer.</param>
public sealed record ChainTransfer(
    EvmAddress From, EvmAddress To, long AmountAtomic, Bytes32 Transaction, ulong Block, ulong LogIndex, Bytes32? Nonce)
{
    /// <summary>The job that it pays for, or would pay for; null for a plain transfer.</summary>
    public string? JobId(EvmNetwork network) => Nonce is { } nonce ? PaymentIdentity.JobId(network, From, nonce) : null;

    /// <summary>What names it on the chain, whatever block it is in.</summary>
    public string Name => $"{Transaction}-{LogIndex}";
}

/// <summary>Why a transfer or an entry is listed.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<UnmatchedKind>))]
public enum UnmatchedKind
{
    /// <summary>Money came without an authorization: nobody knows for what.</summary>
    PlainTransfer,

    /// <summary>A signed payment came that belongs to no order; it is refunded.</summary>
    NoOrder,

    /// <summary>Money left a refund wallet, and no refund is recorded for it.</summary>
    TransferOut,

    /// <summary>The ledger has an entry whose transfer the chain does not show.</summary>
    EntryWithoutTransfer,

    /// <summary>Ledger and chain name different amounts.</summary>
    OtherAmount,
}

/// <summary>One thing that ledger and chain do not agree about.</summary>
public sealed record Unmatched
{
    public required UnmatchedKind Kind { get; init; }

    public required DateTimeOffset At { get; init; }

    public required long AmountAtomic { get; init; }

    public string? JobId { get; init; }

    public string? Transaction { get; init; }

    public ulong? LogIndex { get; init; }

    public ulong? Block { get; init; }

    public string? From { get; init; }

    public string? To { get; init; }

    /// <summary>An entry whose transfer is not there.</summary>
    internal static Unmatched Of(LedgerEntry entry) => new()
    {
        Kind = UnmatchedKind.EntryWithoutTransfer,
        At = entry.At,
        AmountAtomic = entry.AmountAtomic,
        JobId = entry.JobId,
        Transaction = entry.Transaction,
        LogIndex = entry.LogIndex,
        Block = entry.Block,
        From = entry.From,
        To = entry.To,
    };

    internal static Unmatched Of(UnmatchedKind kind, ChainTransfer transfer, DateTimeOffset at, string? jobId = null) => new()
    {
        Kind = kind,
        At = at,
        AmountAtomic = transfer.AmountAtomic,
        JobId = jobId,
        Transaction = transfer.Transaction.ToString(),
        LogIndex = transfer.LogIndex,
        Block = transfer.Block,
        From = transfer.From.ToChecksumString(),
        To = transfer.To.ToChecksumString(),
    };
}
