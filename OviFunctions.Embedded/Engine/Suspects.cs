using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using OviFunctions.Embedded.Store;

namespace OviFunctions.Embedded.Engine;

/// <summary>
/// What ran when the process died, twice or more often. Each crash may be its fault or that of something beside it, so suspects run one
/// at a time while the rest runs as ever: the innocent come to their end, and only the culprit's count grows, until it is at the limit.
/// </summary>
internal sealed partial class Suspects(IInstanceStore store, int limit, ILogger<Suspects> logger)
{
    /// <summary>Whoever runs a process ends it the hard way now and then; that one crash says nothing.</summary>
    private const int CrashesOfASuspect = 2;

    private readonly ConcurrentDictionary<WorkItem, int> _crashes = new();
    private readonly Lock _gate = new();
    private readonly OrderedDictionary<WorkItem, Action> _waiting = [];
    private WorkItem? _inside;

    /// <summary>Counts the last process's end, and finds out what is suspect.</summary>
    /// <param name="interrupted">What ran then.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task LoadAsync(IReadOnlyCollection<WorkItem> interrupted, CancellationToken cancellationToken)
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
    }

    /// <summary>How often the process died with it, if that is so often that it must not run any more.</summary>
    public int? CrashesAtLimit(WorkItem work) => _crashes.TryGetValue(work, out var crashes) && crashes >= limit ? crashes : null;

    /// <summary>Whether it may run now. Each that may has to <see cref="Leave"/>.</summary>
    /// <param name="work">What is to run.</param>
    /// <param name="again">If it may not: called when its turn has come, so that it asks again.</param>
    public bool TryEnter(WorkItem work, Action again)
    {
        if (!_crashes.ContainsKey(work)) return true;
        lock (_gate)
        {
            if ((_inside ?? work) != work)
            {
                _waiting.TryAdd(work, again);
                return false;
            }

            _inside = work;
            return true;
        }
    }

    public void Leave(WorkItem work)
    {
        Action next;
        lock (_gate)
        {
            if (_inside != work) return;
            _inside = null;
            if (_waiting.Count == 0) return;
            (_inside, next) = (_waiting.GetAt(0).Key, _waiting.GetAt(0).Value);
            _waiting.RemoveAt(0);
        }

        next();
    }

    /// <summary>It ran, and the process lives; or the operator wants it tried again.</summary>
    public void Acquit(WorkItem work) => _crashes.TryRemove(work, out _);

    [LoggerMessage(1, LogLevel.Warning,
        "The last process ended while {Count} activities and episodes were under way; {Suspects} have been under way at several such ends "
        + "and run one at a time")]
    private partial void LogInterrupted(int count, int suspects);

    [LoggerMessage(2, LogLevel.Error, "What was under way when the last process ended could not be counted")]
    private partial void LogNotCounted(Exception exception);
}
