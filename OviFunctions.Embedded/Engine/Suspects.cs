using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using OviFunctions.Embedded.Store;

namespace OviFunctions.Embedded.Engine;

/// <summary>
/// What ran when the process died, twice or more often. Each crash may be its fault or that of something beside it, so few suspects run
/// at a time, the fewer the more crashes they have behind them, while the rest runs as ever: the innocent come to their end, and in the
/// end only the culprit's count grows, until it is at the limit. None runs in a process's first moments: one that dies then, such as of
/// a setting that is wrong, time and again, does not die of them.
/// </summary>
internal sealed partial class Suspects(IInstanceStore store, EngineOptions options, TimeProvider time, ILogger<Suspects> logger)
{
    /// <summary>Whoever runs a process ends it the hard way now and then; that one crash says nothing.</summary>
    private const int CrashesOfASuspect = 2;

    /// <summary>
    /// Before the limit is reached, a suspect has crashed so often without another beside it; more than once, because the culprit may
    /// have been something that was not suspect yet.
    /// </summary>
    private const int CrashesAlone = 4;

    private readonly ConcurrentDictionary<WorkItem, int> _crashes = new();
    private readonly Lock _gate = new();
    private readonly OrderedDictionary<WorkItem, Action> _waiting = [];
    private readonly HashSet<WorkItem> _inside = [];
    private bool _areAdmitted;

    /// <summary>Counts the last process's end, and finds out what is suspect.</summary>
    /// <param name="interrupted">What ran then.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <param name="stopping">The engine stops.</param>
    public async Task LoadAsync(IReadOnlyCollection<WorkItem> interrupted, CancellationToken cancellationToken, CancellationToken stopping)
    {
        try
        {
            if (interrupted.Count > 0) await store.CountCrashesAsync(interrupted);
        }
        catch (InstanceStoreException e)
        {
            LogNotCounted(e); // the crash that follows from it is counted then
        }

        foreach (var (work, crashes) in await store.ReadCrashesAsync(CrashesOfASuspect, cancellationToken)) _crashes[work] = crashes;
        if (interrupted.Count > 0) LogInterrupted(interrupted.Count, _crashes.Count);
        if (!_crashes.IsEmpty) _ = AdmitAsync(stopping);
    }

    /// <summary>How often the process died with it, if that is so often that it must not run any more.</summary>
    public int? CrashesAtLimit(WorkItem work) => _crashes.TryGetValue(work, out var crashes) && crashes >= options.MaxCrashes ? crashes : null;

    /// <summary>Whether it may run now. Each that may has to <see cref="Leave"/>, the others <see cref="Wait"/>.</summary>
    public bool TryEnter(WorkItem work)
    {
        if (!_crashes.ContainsKey(work) || CrashesAtLimit(work) is not null) return true;
        lock (_gate)
        {
            if (_inside.Contains(work)) return true; // its turn has come
            return _areAdmitted && _waiting.Count == 0 && Fits(work) && _inside.Add(work);
        }
    }

    /// <summary>Calls when its turn has come, perhaps at once; it then asks again.</summary>
    /// <param name="work">What may not enter.</param>
    /// <param name="again">Queues it. So it must have left its queue before: what is in there is not queued.</param>
    public void Wait(WorkItem work, Action again)
    {
        bool isItsTurn;
        lock (_gate)
        {
            isItsTurn = _inside.Contains(work); // came after it had asked
            if (!isItsTurn) _waiting.TryAdd(work, again);
        }

        if (isItsTurn) again();
        else CallNext();
    }

    public void Leave(WorkItem work)
    {
        lock (_gate)
        {
            if (!_inside.Remove(work)) return;
        }

        CallNext();
    }

    /// <summary>It ran, and the process lives; or the operator wants it tried again.</summary>
    public void Acquit(WorkItem work) => _crashes.TryRemove(work, out _);

    private async Task AdmitAsync(CancellationToken stopping)
    {
        await Task.Delay(options.SuspectsWait, time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        lock (_gate) _areAdmitted = !stopping.IsCancellationRequested;
        CallNext();
    }

    private void CallNext()
    {
        var turns = new List<Action>();
        lock (_gate)
        {
            while (_areAdmitted && _waiting.Count > 0 && _waiting.GetAt(0) is var (next, again) && Fits(next))
            {
                _waiting.RemoveAt(0);
                _inside.Add(next);
                turns.Add(again);
            }
        }

        turns.ForEach(again => again());
    }

    private bool Fits(WorkItem work) => _inside.Append(work).All(each => _inside.Count < Places(each));

    /// <summary>How many suspects may run at a time while this is one of them: 16 after two crashes of ten, then 8, 4, 2, 1.</summary>
    private int Places(WorkItem work) => 1 << Math.Clamp(options.MaxCrashes - CrashesAlone - _crashes.GetValueOrDefault(work), 0, 30);

    [LoggerMessage(1, LogLevel.Warning,
        "The last process ended while {Count} activities and episodes were under way; {Suspects} have been under way at several such ends "
        + "and run a few at a time")]
    private partial void LogInterrupted(int count, int suspects);

    [LoggerMessage(2, LogLevel.Error, "What was under way when the last process ended could not be counted")]
    private partial void LogNotCounted(Exception exception);
}
