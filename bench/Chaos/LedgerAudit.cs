using System.Globalization;

namespace OviFunctions.Bench.Chaos;

/// <summary>Compares what the instances returned with what the client and the activities had reported.</summary>
internal static class LedgerAudit
{
    private static readonly char[] Marks = [ChaosFunctions.Success, ChaosFunctions.Failure];

    /// <param name="ledger">The run.</param>
    /// <param name="kills">Generations up to this one were killed.</param>
    public static IEnumerable<string> Violations(Ledger ledger, int kills)
    {
        var told = ledger.Jobs.SelectMany(job => job.Told).ToHashSet(StringComparer.Ordinal);
        return
        [
            .. ledger.Jobs.SelectMany(job => Calls(job.Job, job.Told)),
            .. ledger.Jobs.Where(job => job.Job.Sender is not null).SelectMany(job => Items(job.Job, job.Told, ledger)),
            .. Runs(ledger, told, kills),
        ];
    }

    /// <summary>Whether it is the result of an activity, and not an event.</summary>
    public static bool IsResult(string told) => told.IndexOfAny(Marks) >= 0;

    /// <summary>Each call's result exactly once, and no other.</summary>
    private static IEnumerable<string> Calls(ChaosJob job, IReadOnlyList<string> told)
    {
        var ticks = told.Count(t => t.StartsWith($"{job.Id}/tick-", StringComparison.Ordinal));
        var wanted = job.Calls
            .Concat(Enumerable.Range(0, ticks).Select(tick => $"{job.Id}/tick-{tick}"))
            .Concat(told.Where(t => !IsResult(t)).Select(item => $"{job.Id}/after-{item}"))
            .ToHashSet(StringComparer.Ordinal);
        var applied = told.Where(t => t.Contains(ChaosFunctions.Success, StringComparison.Ordinal)).Select(CallOf).ToArray();
        foreach (var call in wanted.Except(applied)) yield return $"{job.Id}: no result of {call} was applied.";
        foreach (var call in applied.Except(wanted)) yield return $"{job.Id}: a result of {call} was applied, which was not called.";
        var counts = told.CountBy(t => t.Contains(ChaosFunctions.Success, StringComparison.Ordinal) ? CallOf(t) : t);
        foreach (var twice in counts.Where(t => t.Value > 1))
            yield return $"{job.Id}: {twice.Key} was applied {twice.Value} times.";
    }

    /// <summary>Each acknowledged event, and each that a committed episode sent, exactly once and in the order of its sender.</summary>
    private static IEnumerable<string> Items(ChaosJob job, IReadOnlyList<string> told, Ledger ledger)
    {
        var sent = ledger.Items.Where(item => item.Target == job.Id && item.Payload != ChaosFunctions.End).ToArray();
        var items = told.Where(t => !IsResult(t)).ToArray();
        var ofSender = Enumerable.Range(0, job.Sender!.Sends).Select(item => $"{job.Sender.Id}:{item}").ToArray();
        foreach (var item in sent.Where(item => item.IsAcknowledged).Select(item => item.Payload).Concat(ofSender).Except(items))
            yield return $"{job.Id}: the event {item} is lost.";
        foreach (var item in items.Except(sent.Select(item => item.Payload)).Except(ofSender))
            yield return $"{job.Id}: the event {item} was applied, which was not sent.";
        if (!items.Where(ofSender.Contains).SequenceEqual(ofSender))
            yield return $"{job.Id}: the events of {job.Sender.Id} were applied in another order.";
        var ofClient = sent.Select(item => item.Payload).ToArray();
        if (!items.Where(ofClient.Contains).SequenceEqual(ofClient.Where(items.Contains)))
            yield return $"{job.Id}: the client's events were applied in another order.";
    }

    private static IEnumerable<string> Runs(Ledger ledger, HashSet<string> told, int kills)
    {
        var reported = ledger.Runs.Select(run => run.Result).ToHashSet(StringComparer.Ordinal);
        foreach (var unknown in told.Where(IsResult).Except(reported)) yield return $"{unknown} was applied, and no activity returned it.";

        var lastRuns = new Dictionary<string, int>(StringComparer.Ordinal);
        var lastRunsOfLives = new Dictionary<(string Call, int Generation), int>();
        foreach (var (at, run) in ledger.Runs.Index())
            lastRuns[run.Call] = lastRunsOfLives[(run.Call, GenerationOf(run.Result))] = at;
        foreach (var (at, run) in ledger.Runs.Index())
        {
            var (isApplied, generation) = (told.Contains(run.Result), GenerationOf(run.Result));
            foreach (var forgotten in run.Uses.Except(told)) yield return $"{run.Call} was made from {forgotten}, which was forgotten.";
            if (isApplied && run.Result.Contains(ChaosFunctions.Success, StringComparison.Ordinal) && lastRuns[run.Call] != at)
                yield return $"{run.Call} ran again after {run.Result} had been recorded.";
            if (!isApplied && (generation > kills || lastRunsOfLives[(run.Call, generation)] != at))
                yield return $"{run.Result} was lost without a kill.";
        }
    }

    private static string CallOf(string result) => result[..result.LastIndexOfAny(Marks)];

    private static int GenerationOf(string result)
    {
        var run = result[(result.LastIndexOfAny(Marks) + 1)..];
        return int.Parse(run[..run.IndexOf('.', StringComparison.Ordinal)], CultureInfo.InvariantCulture);
    }
}
