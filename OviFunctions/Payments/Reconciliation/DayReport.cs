namespace OviFunctions.Payments.Reconciliation;

/// <summary>A day's ledger against the chain. Amounts are atomic units.</summary>
public sealed record DayReport
{
    public required DateOnly Day { get; init; }

    public required DateTimeOffset MadeAt { get; init; }

    /// <summary>The day's first block that was watched, and the one after its last.</summary>
    public required ulong FromBlock { get; init; }

    public required ulong EndBlock { get; init; }

    /// <summary>What the chain shows to have come in, and to have left the refund wallets.</summary>
    public required long ChainInAtomic { get; init; }

    public required long ChainOutAtomic { get; init; }

    /// <summary>What the ledger says about the same.</summary>
    public required long SettledAtomic { get; init; }

    public required long RefundedAtomic { get; init; }

    /// <summary>What does not match; the first thousand.</summary>
    public required IReadOnlyList<Unmatched> Unmatched { get; init; }

    public required int UnmatchedCount { get; init; }
}
