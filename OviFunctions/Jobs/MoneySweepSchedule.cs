namespace OviFunctions.Jobs;

/// <summary>
/// Which of the unsettled payments are looked at now: new ones often, old ones seldom, so that thousands of running jobs are
/// cheap. It is kept in memory; a process that starts looks at all of them once.
/// </summary>
internal sealed class MoneySweepSchedule(TimeProvider clock)
{
    /// <summary>Longer than any admission takes, and than most jobs.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromMinutes(2);

    /// <summary>A little less than the minute between two rounds, which are never quite on time.</summary>
    private static readonly TimeSpan ShortestPause = TimeSpan.FromSeconds(50);

    private static readonly TimeSpan LongestPause = TimeSpan.FromHours(1);

    /// <summary>Of one round; the others' turn comes in the next.</summary>
    private const int MostAtOnce = 400;

    private Dictionary<string, DateTimeOffset> _next = [];

    /// <summary>The payments whose turn it is, the longest overdue first. Their next turn comes after an eighth of their age.</summary>
    /// <param name="unsettled">All there are, and since when.</param>
    /// <param name="cancellationToken">Ends the listing.</param>
    public async Task<IReadOnlyList<string>> TakeDueAsync(
        IAsyncEnumerable<(string JobId, DateTimeOffset Since)> unsettled, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var next = new Dictionary<string, DateTimeOffset>();
        var due = new List<(string JobId, DateTimeOffset Since, DateTimeOffset Turn)>();
        await foreach (var (jobId, since) in unsettled.WithCancellation(cancellationToken))
        {
            if (now - since < Grace) continue;
            var turn = next[jobId] = _next.GetValueOrDefault(jobId, since);
            if (turn <= now) due.Add((jobId, since, turn));
        }

        _next = next;
        var taken = due.OrderBy(it => it.Turn).Take(MostAtOnce).ToArray();
        foreach (var (jobId, since, _) in taken) next[jobId] = now + Pause(now - since);
        return [.. taken.Select(it => it.JobId)];
    }

    /// <summary>Whether the payment was among the last ones, and is old enough to be looked at.</summary>
    public bool Knows(string jobId) => _next.ContainsKey(jobId);

    private static TimeSpan Pause(TimeSpan age) => TimeSpan.FromTicks(Math.Clamp(age.Ticks / 8, ShortestPause.Ticks, LongestPause.Ticks));
}
