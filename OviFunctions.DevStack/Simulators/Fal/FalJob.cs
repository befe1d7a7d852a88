using System.Text.Json;

namespace OviFunctions.DevStack.Simulators.Fal;

/// <summary>A job of the simulated fal.</summary>
internal sealed class FalJob(string id, JsonElement input, Uri? webhook, SimulatorFault fault) : IDisposable
{
    private int _statusFailuresLeft = fault.StatusFailures;
    private int _resultFailuresLeft = fault.ResultFailures;
    private int _mediaFailuresLeft = fault.MediaFailures;
    private volatile FalAnswer? _answer;

    public string Id => id;

    public JsonElement Input => input;

    public Uri? Webhook => webhook;

    public SimulatorFault Fault => fault;

    public CancellationTokenSource Cancelled { get; } = new();

    /// <summary>Whether a runner has it.</summary>
    public volatile bool IsRunning;

    /// <summary>Whether it was taken out of the queue before a runner had it.</summary>
    public volatile bool IsRemoved;

    /// <summary>The file of its video.</summary>
    public string? Clip { get; set; }

    /// <summary>How it ended; null while it has not.</summary>
    public FalAnswer? Answer
    {
        get => _answer;
        set => _answer = value;
    }

    public string Status => Answer is not null ? "COMPLETED"
        : fault.Outcome == SimulatedOutcome.UnknownStatus && IsRunning ? "THINKING_ABOUT_IT"
        : IsRunning ? "IN_PROGRESS"
        : "IN_QUEUE";

    public bool TakeStatusFailure() => Interlocked.Decrement(ref _statusFailuresLeft) >= 0;

    public bool TakeResultFailure() => Interlocked.Decrement(ref _resultFailuresLeft) >= 0;

    public MediaFault TakeMediaFault() => Interlocked.Decrement(ref _mediaFailuresLeft) >= 0 ? fault.Media : MediaFault.None;

    public void Dispose() => Cancelled.Dispose();
}
