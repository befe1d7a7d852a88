namespace OviFunctions.Bench.Chaos;

/// <summary>All that the parent was told and did, in order. Nothing of it comes from the database.</summary>
internal sealed class Ledger
{
    private readonly Lock _gate = new();
    private readonly List<ActivityRun> _runs = [];
    private readonly List<SentItem> _items = [];
    private readonly List<FinishedJob> _jobs = [];
    private readonly List<string> _violations = [];
    private long _answers;

    /// <summary>A run of an activity.</summary>
    internal sealed record ActivityRun(string Call, string Result, IReadOnlyList<string> Uses);

    /// <summary>An event that was sent. Not acknowledged: it may have arrived or not.</summary>
    internal sealed record SentItem(string Target, string Payload, bool IsAcknowledged);

    /// <summary>What an instance returned.</summary>
    internal sealed record FinishedJob(ChaosJob Job, IReadOnlyList<string> Told);

    public IReadOnlyList<ActivityRun> Runs => _runs;

    public IReadOnlyList<SentItem> Items => _items;

    public IReadOnlyList<FinishedJob> Jobs => _jobs;

    /// <summary>What was seen to be wrong on the way.</summary>
    public IReadOnlyList<string> Violations => _violations;

    public long Answers => Interlocked.Read(ref _answers);

    public void Heard() => Interlocked.Increment(ref _answers);

    public void Ran(string call, string result, IReadOnlyList<string> uses)
    {
        lock (_gate) _runs.Add(new(call, result, uses));
    }

    public void Sent(string target, string payload, bool isAcknowledged)
    {
        lock (_gate) _items.Add(new(target, payload, isAcknowledged));
    }

    public void Finished(ChaosJob job, IReadOnlyList<string> told)
    {
        lock (_gate) _jobs.Add(new(job, told));
    }

    public void Wrong(string what)
    {
        lock (_gate) _violations.Add(what);
    }
}
