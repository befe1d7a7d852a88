namespace OviFunctions.DevStack.Simulators;

/// <summary>A job of a simulated provider.</summary>
internal sealed class SimulatedJob(string id, JobInput input, Uri? webhook, SimulatorFault fault, string model) : IDisposable
{
    private readonly TaskCompletionSource<JobEnd> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _statusFailuresLeft = fault.StatusFailures;
    private int _resultFailuresLeft = fault.ResultFailures;
    private int _mediaFailuresLeft = fault.MediaFailures;
    private int _urlsGiven;
    private volatile JobEnd? _end;

    public string Id => id;

    public string Model => model;

    public JobInput Input => input;

    public Uri? Webhook => webhook;

    public SimulatorFault Fault => fault;

    public DateTimeOffset Created { get; } = TimeProvider.System.GetUtcNow();

    public CancellationTokenSource Cancelled { get; } = new();

    /// <summary>Whether a runner has it.</summary>
    public volatile bool IsRunning;

    /// <summary>Whether it was taken out of the queue before a runner had it, or was deleted.</summary>
    public volatile bool IsRemoved;

    /// <summary>The file of its video.</summary>
    public string? Clip { get; set; }

    /// <summary>How it ended; null while it has not.</summary>
    public JobEnd? End
    {
        get => _end;
        set
        {
            _end = value;
            if (value is not null) _ended.TrySetResult(value);
        }
    }

    /// <summary>Whether it is at work with a status that nobody knows.</summary>
    public bool HasUnknownStatus => fault.Outcome == SimulatedOutcome.UnknownStatus && IsRunning && End is null;

    public Task<JobEnd> WaitAsync(CancellationToken cancellationToken) => _ended.Task.WaitAsync(cancellationToken);

    public bool TakeStatusFailure() => Interlocked.Decrement(ref _statusFailuresLeft) >= 0;

    public bool TakeResultFailure() => Interlocked.Decrement(ref _resultFailuresLeft) >= 0;

    public MediaFault TakeMediaFault() => Interlocked.Decrement(ref _mediaFailuresLeft) >= 0 ? fault.Media : MediaFault.None;

    /// <summary>Counts the times that its video's URL was given to the caller: from 1.</summary>
    public int GiveUrl() => Interlocked.Increment(ref _urlsGiven);

    public void Dispose() => Cancelled.Dispose();
}

/// <summary>How a job ended.</summary>
/// <param name="Outcome">What became of it.</param>
/// <param name="Seed">The seed of its video.</param>
/// <param name="Problem">What was wrong with its input, where the simulator found something itself.</param>
internal sealed record JobEnd(SimulatedOutcome Outcome, long Seed = 0, InputProblem? Problem = null)
{
    /// <summary>When.</summary>
    public DateTimeOffset At { get; } = TimeProvider.System.GetUtcNow();

    /// <summary>Whether the provider says that it failed: a result without a video is none.</summary>
    public bool IsFailure => Outcome is not (SimulatedOutcome.Success or SimulatedOutcome.NoVideo or SimulatedOutcome.Flagged);

    /// <summary>The end that was ordered; null when a video is to be made, or the job never ends.</summary>
    public static JobEnd? Of(SimulatedOutcome ordered) => ordered switch
    {
        SimulatedOutcome.Success or SimulatedOutcome.Flagged or SimulatedOutcome.NeverFinishes or SimulatedOutcome.UnknownStatus => null,
        _ => new JobEnd(ordered),
    };
}
