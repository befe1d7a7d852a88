using OviFunctions.Embedded.Store;

namespace OviFunctions.Embedded.Engine;

/// <summary>
/// What the code asks for in one turn. Bounded, so that code that never stops asking fails its instance and not the process, and so
/// that the turn's commit fits into the log. A turn that passes a bound fails its instance, also if the code catches what is thrown.
/// </summary>
internal sealed class TurnActions
{
    /// <summary>Activities, sub-orchestrations, timers, events sent or carried over, and waits for events.</summary>
    public const int MostCalls = 100_000;

    /// <summary>A sub-orchestration has rows in more tables, and in indexes by random ids, so that each dirties pages of its own.</summary>
    public const int CallsOfSubOrchestration = 10;

    /// <summary>Of names and payloads, as UTF-8.</summary>
    public const long MostBytes = 32 * 1024 * 1024;

    private readonly List<OrchestratorAction> _actions = [];
    private int _calls;
    private long _bytes;
    private string? _excess;

    public IReadOnlyList<OrchestratorAction> All => _actions;

    /// <exception cref="InvalidOperationException">The turn has passed a bound.</exception>
    public void Add(OrchestratorAction action)
    {
        Count(action.Size, action is OrchestratorAction.CallSubOrchestrator ? CallsOfSubOrchestration : 1);
        _actions.Add(action);
    }

    /// <summary>Something that the turn does and that is no action: a wait, or an event that goes to the next execution.</summary>
    /// <exception cref="InvalidOperationException">The turn has passed a bound.</exception>
    public void Count(long bytes, int calls = 1)
    {
        (_calls, _bytes) = (_calls + calls, _bytes + bytes);
        _excess ??= _calls > MostCalls
            ? $"more than {MostCalls} calls of its context (a sub-orchestration counts as {CallsOfSubOrchestration})"
            : _bytes > MostBytes ? $"calls of its context with more than {MostBytes} bytes of names and payloads"
            : null;
        ThrowIfFull();
    }

    /// <summary>For calls whose own exceptions go into a task that a loop may never look at.</summary>
    /// <exception cref="InvalidOperationException">The turn has passed a bound.</exception>
    public void ThrowIfFull()
    {
        if (_excess is null) return;
        throw new InvalidOperationException(
            $"An orchestrator made {_excess} in one turn. Await some of the tasks before more are started, divide the work among "
            + "sub-orchestrations, and put large data into Blob Storage.");
    }
}
