using System.Text.Json.Serialization;
using Microsoft.DurableTask;
using OviFunctions.Jobs;
using OviFunctions.Providers;

namespace OviFunctions.Orchestrations;

/// <summary>Why an attempt should stop.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<StopReason>))]
public enum StopReason
{
    AnotherDelivered,
    BuyerCanceled,
}

/// <summary>The event that a provider's callback raises: whose job it was about.</summary>
public sealed record CallbackSignal(int Submit, string RequestId);

/// <summary>The event with which an attempt tells its race, and that the others, that a submit has no answer: whether it made a job is not known.</summary>
/// <param name="Lane">The attempt's lane.</param>
/// <param name="Until">Until when a callback may tell; in the past when it did.</param>
public sealed record AttemptHold(int Lane, DateTime Until);

/// <summary>What an attempt waits for: callbacks, a request to stop, time.</summary>
internal sealed class AttemptSignals
{
    /// <summary>Providers repeat themselves; beyond this the poll timer is enough.</summary>
    private const int MaxCallbacks = 20;

    private readonly TaskOrchestrationContext _context;
    private readonly DateTime _deadline;
    private readonly List<CallbackSignal> _callbacks = [];
    private Task<CallbackSignal> _callback;
    private readonly Dictionary<int, DateTime> _holds = [];
    private Task<StopReason> _stop;
    private Task<AttemptHold> _hold;
    private int _callbackCount;

    public AttemptSignals(TaskOrchestrationContext context, DateTime deadline)
    {
        _context = context;
        _deadline = deadline;
        // One wait per name, reused: a cancelled waiter can swallow the next event in some versions of the SDK.
        _callback = context.WaitForExternalEvent<CallbackSignal>(JobEvents.Callback);
        _stop = context.WaitForExternalEvent<StopReason>(JobEvents.Stop);
        _hold = context.WaitForExternalEvent<AttemptHold>(JobEvents.Hold);
    }

    /// <summary>The last request to stop; null when there was none.</summary>
    public StopReason? Stop { get; private set; }

    /// <summary>For how long nobody is to be paid, because another attempt's submit may have made a job; null when that is not so.</summary>
    public async Task<TimeSpan?> TakeHoldAsync()
    {
        await CollectAsync();
        var rest = _holds.Values.DefaultIfEmpty().Max() - _context.CurrentUtcDateTime;
        return rest > TimeSpan.Zero ? rest : null;
    }

    public bool DeadlineReached => _context.CurrentUtcDateTime >= _deadline;

    /// <summary>Waits for a callback, a request to stop, the news of another's lost submit, the deadline, or at most this long.</summary>
    public async Task WaitAsync(TimeSpan longest)
    {
        var until = _context.CurrentUtcDateTime + longest;
        using var timer = new CancellationTokenSource();
        await Task.WhenAny(_context.CreateTimer(until < _deadline ? until : _deadline, timer.Token), _callback, _stop, _hold);
        timer.Cancel();
        await CollectAsync();
    }

    /// <summary>Waits for a callback only: a buyer's cancellation does not end it, because the job may exist.</summary>
    public async Task<IReadOnlyList<CallbackSignal>> WaitForCallbackAsync(TimeSpan longest)
    {
        var until = _context.CurrentUtcDateTime + longest;
        while (_callbacks.Count == 0 && Stop != StopReason.AnotherDelivered && !DeadlineReached && _context.CurrentUtcDateTime < until)
            await WaitAsync(until - _context.CurrentUtcDateTime);
        return await TakeCallbacksAsync();
    }

    /// <summary>The callbacks since the last call. Does not wait.</summary>
    public async Task<IReadOnlyList<CallbackSignal>> TakeCallbacksAsync()
    {
        await CollectAsync();
        CallbackSignal[] taken = [.. _callbacks];
        _callbacks.Clear();
        return taken;
    }

    /// <summary>Takes what has arrived, also while the attempt waited for something else.</summary>
    private async Task CollectAsync()
    {
        while (_stop.IsCompleted)
        {
            Stop = await _stop;
            _stop = _context.WaitForExternalEvent<StopReason>(JobEvents.Stop);
        }

        while (_hold.IsCompleted)
        {
            var hold = await _hold;
            _holds[hold.Lane] = hold.Until;
            _hold = _context.WaitForExternalEvent<AttemptHold>(JobEvents.Hold);
        }

        while (_callback.IsCompleted)
        {
            _callbacks.Add(await _callback);
            _callback = ++_callbackCount < MaxCallbacks
                ? _context.WaitForExternalEvent<CallbackSignal>(JobEvents.Callback)
                : new TaskCompletionSource<CallbackSignal>().Task;
        }
    }
}
