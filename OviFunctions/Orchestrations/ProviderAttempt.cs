using Microsoft.DurableTask;
using OviFunctions.Activities;
using OviFunctions.Jobs;
using OviFunctions.Providers;
using OviFunctions.Providers.Health;

namespace OviFunctions.Orchestrations;

/// <summary>The steps of an attempt, and what it knows between them.</summary>
/// <remarks>
/// A submit whose answer was lost may have made a job that costs money, and no provider has an idempotency key. It
/// waits for its callback, whose token brings it back here; only when none came is it sent once more, if the race allows it.
/// </remarks>
internal sealed class ProviderAttempt(TaskOrchestrationContext context, AttemptInput input)
{
    /// <summary>The longest pause between two looks that a provider can ask for.</summary>
    private const double LongestPauseSeconds = 300;

    /// <summary>A pause of the account that is shorter than it is to begin at another one.</summary>
    private const double ShortPauseSeconds = 15;

    private readonly AttemptSignals _signals = new(context, input.Deadline);
    private readonly List<ProviderJob> _following = [];
    private readonly HashSet<int> _lost = []; // submits without an answer, of which no callback came
    private readonly HashSet<int> _answered = []; // submits of which the answer named the job
    private DateTime? _submittedAt;
    private bool _cancelSent;
    private int _paid; // submits that were taken, or may have been

    /// <summary>What the attempt may have cost until now, in dollars.</summary>
    public decimal CostUsd => _paid * input.Terms.CostUsd;

    /// <summary>
    /// Waits until the account takes one more job, and until another attempt's lost submit is given up. One that asked to be left
    /// alone for longer is not waited for here: the race has other lanes.
    /// </summary>
    /// <returns>The attempt's end; null when it may submit.</returns>
    public async Task<AttemptEnd?> WaitForTurnAsync()
    {
        var ask = new TakeProviderSlotInput(input.JobId, input.Lane, input.Provider, input.Terms.MaxConcurrent, input.Deadline);
        while (true)
        {
            var step = await context.CallActivityAsync<SlotStep>(nameof(TakeProviderSlot), ask, Retries.Ordinary);
            var wait = step.Granted ? await _signals.TakeHoldAsync() : TimeSpan.FromSeconds(step.WaitSeconds);
            if (wait is not { } rest) return null;
            if (step.Refused is { } refused) return TurnedAway(refused);
            if (input.Terms.MaxConcurrent is null && step.WaitSeconds > ShortPauseSeconds) return TurnedAway(ProviderSlots.Paused(step.WaitSeconds));
            await _signals.WaitAsync(rest);
            if (_signals.Stop is not null) return Stopped;
            if (_signals.DeadlineReached) return NoTurn;
        }
    }

    /// <summary>Gives the place at the account back and lets count how it went; nothing of that can fail the job.</summary>
    /// <param name="state">How the attempt ended.</param>
    /// <param name="failure">Why it failed; null when one of its activities kept failing.</param>
    public async Task EndAsync(AttemptState state, ProviderFailure? failure)
    {
        // Nothing was sent and no place was taken.
        if (_submittedAt is null && input.Terms.MaxConcurrent is null) return;
        var seconds = _submittedAt is { } at ? (context.CurrentUtcDateTime - at).TotalSeconds : 0;
        var report = new EndAttemptInput(input.JobId, input.Lane, input.Provider, input.Model, state, failure, seconds);
        try
        {
            await context.CallActivityAsync(nameof(EndAttempt), report);
        }
        catch (TaskFailedException)
        {
            context.CreateReplaySafeLogger<ProviderAttempt>().EndNotCounted(input.JobId, input.Lane, input.Provider);
        }
    }

    /// <summary>Sends the job, until the provider has it or nothing more may be sent.</summary>
    /// <returns>The attempt's end; null when there is a job to follow.</returns>
    public async Task<AttemptEnd?> SubmitAsync()
    {
        for (var submit = 1; submit <= input.MaxSubmits; submit++)
        {
            _submittedAt ??= context.CurrentUtcDateTime;
            var step = await context.CallActivityAsync<SubmitStep>(
                nameof(SubmitToProvider), SubmitToProviderInput.From(input, submit), Retries.Ordinary);
            if (step.MayCost) _paid++;
            switch (step.State)
            {
                case SubmitState.Finished when step.Video is { } stored: return new AttemptEnd(AttemptState.Delivered, stored);
                case SubmitState.Finished:
                    return await VideoDelivery.StoreAsync(context, input, job: null, step.VideoUrl!, step.Seed ?? input.Request.Seed);
                case SubmitState.Accepted:
                    _following.Add(step.Job!);
                    _answered.Add(submit);
                    break;
                case SubmitState.Rejected when submit == 1:
                    Follow(await _signals.TakeCallbacksAsync());
                    if (_following.Count == 0) return TurnedAway(step.Failure!);
                    break;
                case SubmitState.Rejected:
                    // The refusal is of this submit only: an earlier one may have made a job all the same.
                    await FollowLostAsync();
                    if (_following.Count == 0 && _signals.Stop == StopReason.AnotherDelivered) return Stopped;
                    if (_following.Count == 0) return _signals.Stop is not null ? TimedOut : Failed(step.Failure!);
                    break;
                case SubmitState.Ambiguous:
                    _lost.Add(submit);
                    await FollowLostAsync();
                    if (_following.Count == 0 && _signals.Stop == StopReason.AnotherDelivered) return Stopped;
                    if (_following.Count == 0 && _signals.DeadlineReached) return TimedOut;
                    break;
            }

            if (_following.Count > 0) return null;
        }

        return Failed(Unanswered);
    }

    /// <summary>Follows the attempt's jobs until the video is stored, all of them have failed, or time is up.</summary>
    public async Task<AttemptEnd> FollowAsync()
    {
        var failure = Unanswered;
        var pause = TimeSpan.FromSeconds(input.Plan.FirstPollSeconds);
        double? asked = null;
        while (_following.Count > 0)
        {
            await _signals.WaitAsync(asked is { } seconds ? Bounded(seconds) : pause);
            if (_signals.Stop is not null && !_cancelSent)
            {
                _cancelSent = true;
                await CancelAsync();
            }

            if (_signals.Stop == StopReason.AnotherDelivered) return Stopped;
            Follow(await _signals.TakeCallbacksAsync());
            asked = null;
            foreach (var job in _following.ToArray())
            {
                var read = await context.CallActivityAsync<ReadStep>(
                    nameof(ReadFromProvider), new ReadFromProviderInput(input.JobId, input.Provider, job), Retries.Ordinary);
                if (read.State == ReadState.Succeeded)
                {
                    var end = await VideoDelivery.StoreAsync(context, input, job, read.VideoUrl!, read.Seed ?? input.Request.Seed);
                    _following.Remove(job);
                    if (end.Video is not null)
                    {
                        await CancelAsync();
                        return end;
                    }

                    failure = end.Failure!;
                }
                else if (read.State == ReadState.Failed)
                {
                    failure = read.Failure!;
                    _following.Remove(job);
                }
                else if (read.WaitSeconds is { } wait)
                {
                    asked = Math.Max(asked ?? 0, wait);
                }
            }

            // After the look: the deadline may have passed while we were down, and the video may have been there in time.
            if (_following.Count > 0 && _signals.DeadlineReached)
            {
                if (!_cancelSent) await CancelAsync();
                return TimedOut;
            }

            // What is known of the jobs that are known says nothing about one that is not.
            if (_following.Count == 0 && _cancelSent && _lost.Count > 0)
            {
                Follow(await _signals.WaitForCallbackAsync(input.Deadline - context.CurrentUtcDateTime));
                if (_following.Count == 0) return _signals.DeadlineReached ? TimedOut : Stopped;
                await CancelAsync();
            }

            pause = TimeSpan.FromSeconds(Math.Min(pause.TotalSeconds * 1.5, input.Plan.MaxPollSeconds));
        }

        return _cancelSent ? Stopped : Failed(failure);
    }

    private ProviderFailure Unanswered => input.Terms.IsSilent
        ? new(FailureClass.AmbiguousSubmit, JobErrors.NoCallback, "No answer to the submit, and no callback can re-attach its job.")
        : new(FailureClass.AmbiguousSubmit, null, $"No answer to {(input.MaxSubmits == 1 ? "the submit" : "two submits")}, and no callback.");

    private TimeSpan Bounded(double seconds) =>
        TimeSpan.FromSeconds(Math.Clamp(seconds, input.Plan.FirstPollSeconds, Math.Max(LongestPauseSeconds, input.Plan.MaxPollSeconds)));

    // Waits for the callback of a submit whose answer was lost, while nobody else is paid. A buyer who has cancelled waits for it
    // until the deadline: only a provider's word, or its time, says that nothing is being made for him (payments.md section 5).
    private async Task FollowLostAsync()
    {
        var wait = TimeSpan.FromSeconds(input.Plan.AmbiguousSubmitWaitSeconds);
        Hold(context.CurrentUtcDateTime + wait);
        Follow(await _signals.WaitForCallbackAsync(wait));
        if (_following.Count == 0 && _signals.Stop == StopReason.BuyerCanceled)
            Follow(await _signals.WaitForCallbackAsync(input.Deadline - context.CurrentUtcDateTime));
        if (_following.Count > 0) Hold(context.CurrentUtcDateTime);
    }

    // Where two submits are allowed, nobody else is paid meanwhile anyway.
    private void Hold(DateTime until)
    {
        if (input.MaxSubmits == 1) context.SendEvent(input.Race, JobEvents.Hold, new AttemptHold(input.Lane, until));
    }

    // A callback tells which job a submit made only where the answer did not: another job than the answer's would be somebody else's,
    // and its video too.
    private void Follow(IEnumerable<CallbackSignal> callbacks)
    {
        foreach (var callback in callbacks)
        {
            if (_answered.Contains(callback.Submit) || _following.Exists(job => job.RequestId == callback.RequestId)) continue;
            _following.Add(new ProviderJob(callback.RequestId, Model: input.Model));
            _lost.Remove(callback.Submit);
        }
    }

    // A job of which the provider confirms that it will not run is over; the others are followed on. Best effort: a
    // cancellation that breaks must not take a video with it, or hold it up.
    private async Task CancelAsync()
    {
        foreach (var job in _following.ToArray())
        {
            try
            {
                var cancel = new CancelAtProviderInput(input.JobId, input.Provider, job);
                if (!await context.CallActivityAsync<bool>(nameof(CancelAtProvider), cancel)) continue;
                _following.Remove(job);
                _paid--;
            }
            catch (TaskFailedException)
            {
                context.CreateReplaySafeLogger<ProviderAttempt>().CancelBroke(input.JobId, input.Provider);
            }
        }
    }

    private static AttemptEnd TurnedAway(ProviderFailure failure) =>
        Failed(failure) with { RetryAfterSeconds = failure.Class == FailureClass.RateLimited ? failure.RetryAfterSeconds : null };

    private static AttemptEnd Failed(ProviderFailure failure) => new(AttemptState.Failed, Failure: failure);

    private static AttemptEnd TimedOut { get; } =
        Failed(new ProviderFailure(FailureClass.ProviderTimeout, null, "Not finished before the job's deadline."));

    // That the queue was long says nothing about how the provider works.
    private static AttemptEnd NoTurn { get; } =
        Failed(new ProviderFailure(FailureClass.ProviderTimeout, ProviderFailure.NotSent, "No place was free at the provider before the job's deadline."));

    private static AttemptEnd Stopped { get; } = new(AttemptState.Stopped);
}
