using OviFunctions.Payments.Evm;

namespace OviFunctions.Payments.Chain;

/// <summary>What the chain shows about an authorization.</summary>
public abstract record SettlementEvidence
{
    private SettlementEvidence() { }

    /// <summary>The money arrived.</summary>
    /// <param name="Transaction">The transaction.</param>
    /// <param name="BlockNumber">Its block.</param>
    /// <param name="LogIndex">The Transfer's position among the block's logs.</param>
    public sealed record Paid(Bytes32 Transaction, ulong BlockNumber, ulong LogIndex) : SettlementEvidence;

    /// <summary>The money can never arrive by this authorization; only now may another one be asked for or signed.</summary>
    /// <param name="Reason">For the job's details.</param>
    public sealed record UnpaidForGood(string Reason) : SettlementEvidence;

    /// <summary>Neither is shown yet. Settle again, look again.</summary>
    /// <param name="Cause">Which case it is.</param>
    /// <param name="Reason">For the job's details.</param>
    public sealed record Undecided(UndecidedCause Cause, string Reason) : SettlementEvidence;
}

/// <summary>Why nothing is shown yet.</summary>
public enum UndecidedCause
{
    /// <summary>The nonce is unused and its time is not over.</summary>
    NotYetUsed,

    /// <summary>The payer cancelled, in a block that may still be replaced.</summary>
    Cancelled,

    /// <summary>The nonce was spent on another transfer, in a block that may still be replaced.</summary>
    UsedElsewhere,

    /// <summary>The nonce is spent, but the node does not show the logs of it (yet).</summary>
    LogsMissing,

    /// <summary>The node did not answer.</summary>
    NodeFailed,
}
