using Microsoft.DurableTask;
using OviFunctions.Jobs;
using OviFunctions.Providers;

namespace OviFunctions.Orchestrations;

/// <summary>How a race ended.</summary>
/// <param name="Video">The winner's stored video; null when nobody delivered.</param>
/// <param name="Error">Why nobody delivered.</param>
/// <param name="Canceled">Whether the buyer stopped it.</param>
/// <param name="Losers">Ends when the attempts that were told to stop have ended.</param>
internal sealed record RaceEnd(VideoAsset? Video, JobError? Error, bool Canceled, Task Losers);

/// <summary>
/// Runs a job's lanes: the first at once, the others with it, after a delay, or after a failure. The first stored
/// video wins and the others are told to stop. A failure starts one further lane, not all of them; when every started
/// lane has failed the next one starts at once, whatever its condition. Failover, hedging and racing are plans of this
/// one shape.
/// </summary>
/// <remarks>
/// <para>No lane starts whose cost, added to what the job may already have cost, is above the plan's cap; and none while it is
/// not known whether another's submit made a job. One that its provider turned away for its rate comes once more at the end of
/// the line, after the pause that the provider asked for.</para>
/// <para>A buyer's cancellation is a wish: no further lane starts, the providers are asked to stop, and a video that one of
/// them finishes all the same is delivered. Only when no attempt is left is the job cancelled.</para>
/// </remarks>
internal sealed class ProviderRace
{
    /// <summary>How often lanes may come back after they were turned away for their rate.</summary>
    private const int MaxReturns = 4;

    private readonly TaskOrchestrationContext _context;
    private readonly VideoJobInput _input;
    private readonly JobProgress _job;
    private readonly DateTime _deadline;
    private readonly List<Lane> _waiting;
    private readonly List<Attempt> _running = [];
    private readonly List<ProviderFailure> _failures = [];
    private Task<AttemptHold> _hold;
    private decimal _spentUsd;
    private int _returns;
    private DateTime _lastStart;
    private bool _failedSinceStart;
    private bool _canceled;

    private ProviderRace(TaskOrchestrationContext context, VideoJobInput input, JobProgress job)
    {
        (_context, _input, _job) = (context, input, job);
        _deadline = Now.AddSeconds(input.Plan.DeadlineSeconds);
        _waiting = [.. input.Plan.Lanes.Select((plan, number) => new Lane(number, plan, DateTime.MinValue))];
        _lastStart = Now;
        _hold = context.WaitForExternalEvent<AttemptHold>(JobEvents.Hold);
    }

    private DateTime Now => _context.CurrentUtcDateTime;

    public static Task<RaceEnd> RunAsync(TaskOrchestrationContext context, VideoJobInput input, JobProgress job, Task<string> cancellation) =>
        new ProviderRace(context, input, job).RunAsync(cancellation);

    private async Task<RaceEnd> RunAsync(Task<string> cancellation)
    {
        while (true)
        {
            if (cancellation.IsCompleted && !_canceled)
            {
                _canceled = true;
                await StopAsync(StopReason.BuyerCanceled);
            }

            while (Next() is { } next && DueAt(next) <= Now) Start(next);
            if (_running.Count == 0 && Next() is null) break;

            await WaitAsync(cancellation);
            foreach (var attempt in _running.Where(r => r.Ending.IsCompleted).ToArray())
            {
                _running.Remove(attempt);
                var end = await EndOfAsync(attempt);
                if (end.Video is { } video) return new RaceEnd(video, null, Canceled: false, EndLosersAsync());

                _failedSinceStart = true;
                _spentUsd += end.CostUsd;
                if (end.Failure is { } failure) _failures.Add(failure);
                if (end.RetryAfterSeconds is { } pause) Return(attempt.Lane, pause);
            }
        }

        if (_canceled) return new RaceEnd(null, JobErrors.Canceled, Canceled: true, Task.CompletedTask);
        if (Now < _deadline && _waiting.Count > 0)
            _context.CreateReplaySafeLogger<ProviderRace>().CapReached(_input.JobId, _spentUsd, _input.Plan.CostCapUsd, _waiting[0].Plan.Provider);
        var error = _failures.Count > 0 ? JobErrors.FromProviders(_failures) : JobErrors.Internal;
        return new RaceEnd(null, error, Canceled: false, Task.CompletedTask);
    }

    /// <summary>The next lane that may be paid for; null when there is none. After the deadline nobody waits for its video any more.</summary>
    private Lane? Next() => _canceled || Now >= _deadline
        ? null
        : _waiting.Where(lane => Fits(lane.Plan.CostUsd)).MinBy(lane => lane.NotBefore);

    /// <summary>When a lane begins if nothing happens meanwhile.</summary>
    private DateTime DueAt(Lane lane)
    {
        var due = lane.Plan.Start switch
        {
            _ when _running.Count == 0 => lane.NotBefore,
            LaneStart.AtOnce => lane.NotBefore,
            LaneStart.AfterFailure when _failedSinceStart => lane.NotBefore,
            LaneStart.AfterDelay => _lastStart.AddSeconds(lane.Plan.DelaySeconds),
            _ => DateTime.MaxValue,
        };
        return _running.Select(attempt => attempt.HeldUntil).Append(due).Max();
    }

    private bool Fits(decimal costUsd) => !(SpentUsd + costUsd > _input.Plan.CostCapUsd);

    /// <summary>The most that the job can have cost so far.</summary>
    private decimal SpentUsd => _spentUsd + _running.Sum(attempt => attempt.MostUsd);

    /// <summary>
    /// How many submits an attempt may send when its first has no answer. More than one only where no other attempt is paid
    /// meanwhile, and where that leaves the money for the lane after it: another provider is the better second try.
    /// </summary>
    private int SubmitsOf(Lane lane)
    {
        var once = lane.Plan.CostUsd;
        var others = _waiting.Where(other => other != lane && Fits(once + other.Plan.CostUsd)).ToList();
        if (lane.Plan.IsSilent || _running.Count > 0 || others.Any(other => other.Plan.Start != LaneStart.AfterFailure)) return 1;
        return Fits((2 * once) + others.Select(other => other.Plan.CostUsd).DefaultIfEmpty().Min()) ? 2 : 1;
    }

    private void Start(Lane lane)
    {
        var submits = SubmitsOf(lane);
        _waiting.Remove(lane);
        _lastStart = Now;
        _failedSinceStart = false;
        _job.AttemptStarted(lane.Number, lane.Plan.Provider);
        var attempt = new AttemptInput(
            _input.JobId, _input.KeyId, lane.Number, lane.Plan.Provider, _input.Model, _input.Request, _input.Plan, _deadline)
        {
            Terms = lane.Plan,
            MaxSubmits = submits,
            Race = _context.InstanceId,
        };
        _running.Add(new Attempt(lane, lane.Plan.CostUsd * submits, _context.CallSubOrchestratorAsync<AttemptEnd>(
            nameof(ProviderAttemptOrchestrator), attempt, new TaskOptions().WithInstanceId(JobIds.Attempt(_input.JobId, lane.Number)))));
    }

    /// <summary>Puts a lane at the end of the line; pauses that are shorter than a provider needs grow.</summary>
    private void Return(Lane lane, double pauseSeconds)
    {
        if (_returns == MaxReturns) return;
        var pause = Math.Max(pauseSeconds, 1 << _returns++);
        if (pause >= (_deadline - Now).TotalSeconds) return;
        var again = lane.Plan with { Start = LaneStart.AfterFailure, DelaySeconds = 0 };
        _waiting.Add(new Lane(_input.Plan.Lanes.Count + _returns - 1, again, Now.AddSeconds(pause)));
    }

    /// <summary>Waits until an attempt ends, one has lost its submit's answer, the buyer cancels, or a lane is due.</summary>
    private async Task WaitAsync(Task<string> cancellation)
    {
        using var timer = new CancellationTokenSource();
        var waits = new List<Task>(_running.Select(r => r.Ending)) { _hold };
        if (!_canceled) waits.Add(cancellation);
        if (Next() is { } next && DueAt(next) is var due && due < _deadline) waits.Add(_context.CreateTimer(due, timer.Token));
        await Task.WhenAny(waits);
        timer.Cancel();

        while (_hold.IsCompleted)
        {
            var hold = await _hold;
            if (_running.Find(r => r.Lane.Number == hold.Lane) is { } attempt) attempt.HeldUntil = hold.Until;
            // One that was started before may not have submitted yet.
            foreach (var other in _running.Where(r => r.Lane.Number != hold.Lane && !r.Ending.IsCompleted))
                _context.SendEvent(JobIds.Attempt(_input.JobId, other.Lane.Number), JobEvents.Hold, hold);
            _hold = _context.WaitForExternalEvent<AttemptHold>(JobEvents.Hold);
        }
    }

    private async Task StopAsync(StopReason reason)
    {
        if (_running.Count > 0) await _context.AfterStartAsync(_lastStart);
        foreach (var attempt in _running)
        {
            if (!attempt.Ending.IsCompleted) _context.SendEvent(JobIds.Attempt(_input.JobId, attempt.Lane.Number), JobEvents.Stop, reason);
        }
    }

    private async Task EndLosersAsync()
    {
        await StopAsync(StopReason.AnotherDelivered);
        foreach (var attempt in _running) await EndOfAsync(attempt);
    }

    // An attempt whose activities kept failing is a failed attempt: the others may still deliver. What it cost is not known.
    private async Task<AttemptEnd> EndOfAsync(Attempt attempt)
    {
        AttemptEnd end;
        try
        {
            end = await attempt.Ending;
        }
        catch (TaskFailedException)
        {
            _context.CreateReplaySafeLogger<ProviderRace>().AttemptBroke(_input.JobId, attempt.Lane.Number, attempt.Lane.Plan.Provider);
            end = new AttemptEnd(AttemptState.Failed) { CostUsd = attempt.MostUsd };
        }

        _job.AttemptEnded(attempt.Lane.Number, end.State, end.Failure?.Class);
        return end;
    }

    /// <param name="NotBefore">When its provider takes it at the earliest.</param>
    private sealed record Lane(int Number, LanePlan Plan, DateTime NotBefore);

    /// <param name="mostUsd">What it may cost at the most.</param>
    private sealed class Attempt(Lane lane, decimal mostUsd, Task<AttemptEnd> ending)
    {
        public Lane Lane => lane;

        public decimal MostUsd => mostUsd;

        public Task<AttemptEnd> Ending => ending;

        /// <summary>Until when nobody else is paid, because a callback may still bring back the job of its lost submit.</summary>
        public DateTime HeldUntil { get; set; } = DateTime.MinValue;
    }
}
