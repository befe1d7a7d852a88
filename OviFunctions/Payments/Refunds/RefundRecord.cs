using System.Text;
using System.Text.Json.Serialization;
using OviFunctions.Crypto;
using OviFunctions.Payments.Evm;

namespace OviFunctions.Payments.Refunds;

/// <summary>How far a refund came.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<RefundState>))]
public enum RefundState
{
    /// <summary>Signed; on its way.</summary>
    Pending,

    /// <summary>A safe block shows it.</summary>
    Refunded,

    /// <summary>Owed, and not to be paid for now: the payer is blocked by us, or blacklisted by the token.</summary>
    Blocked,

    /// <summary>The payment never arrived and no longer can: there is nothing to give back.</summary>
    NothingCame,
}

/// <summary>
/// A refund's signed authorization and how far it came. It is written before the authorization is used, so every route
/// submits exactly this one, and no other one is signed before this one can no longer pay (payments.md section 6).
/// </summary>
public sealed record RefundRecord
{
    public required RefundInput Refund { get; init; }

    public required RefundState State { get; init; }

    /// <summary>When it came to this state.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>Why it is blocked; for the operator.</summary>
    public string? BlockedBecause { get; init; }

    /// <summary>How many authorizations were signed, this one included; 0 when none was.</summary>
    public int Generation { get; init; }

    public SignedAuthorization? Authorization { get; init; }

    public DateTimeOffset? SignedAt { get; init; }

    /// <summary>The block in which the wallet's nonce was still unused: what pays lies after it.</summary>
    public ulong AfterBlock { get; init; }

    /// <summary>The transaction that paid.</summary>
    public string? Transaction { get; init; }

    /// <summary>
    /// The nonce of every authorization of a job's refund: <c>keccak256("ovi-refund-v1" | job id)</c>. One wallet can pay a job's
    /// refund once, whatever happens to this record.
    /// </summary>
    public static Bytes32 NonceOf(string jobId) => new(Keccak256.Hash(Encoding.ASCII.GetBytes("ovi-refund-v1" + jobId)));
}

/// <summary>What the chain shows of a refund.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<RefundProofState>))]
public enum RefundProofState
{
    /// <summary>Nothing certain yet.</summary>
    Undecided,

    Paid,

    /// <summary>The authorization can no longer pay: another one may be signed.</summary>
    UnpaidForGood,
}

/// <summary>What a safe block shows of a refund, or of the payment that it gives back.</summary>
public sealed record RefundProof(RefundProofState State, string? Transaction = null, ulong? Block = null, ulong? LogIndex = null)
{
    /// <summary>The block's time, when it is paid.</summary>
    public DateTimeOffset? At { get; init; }

    /// <summary>Whether the operator paid it by a transaction of his own, which is in the ledger already.</summary>
    public bool ByHand { get; init; }
}

/// <summary>A transaction by which the operator paid a refund himself, as it was proven when it was recorded.</summary>
public sealed record PaymentByHand(string Transaction, ulong Block, ulong LogIndex);
