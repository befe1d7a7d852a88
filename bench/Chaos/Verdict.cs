namespace OviFunctions.Bench.Chaos;

/// <summary>What a run has shown.</summary>
/// <param name="Violations">What was lost or happened twice; empty: nothing.</param>
internal sealed record Verdict(ulong Seed, int Kills, Ledger Ledger, IReadOnlyList<string> Violations)
{
    private const int Shown = 20;

    /// <summary>Runs whose result a kill took before it was recorded.</summary>
    public int RepeatedRuns => Ledger.Runs.Count - Ledger.Jobs.SelectMany(job => job.Told).Count(LedgerAudit.IsResult);

    public override string ToString()
    {
        var summary = $"Seed {Seed}: {Kills} kills, {Ledger.Jobs.Count} instances finished, {Ledger.Runs.Count} activity runs "
            + $"({RepeatedRuns} of them without effect), {Ledger.Items.Count} events from outside "
            + $"({Ledger.Items.Count(item => !item.IsAcknowledged)} of them not acknowledged).";
        return Violations.Count == 0
            ? $"{summary}\nNothing was lost and nothing was applied twice."
            : $"{summary}\n{Violations.Count} violations:\n{string.Join('\n', Violations.Take(Shown))}";
    }
}
