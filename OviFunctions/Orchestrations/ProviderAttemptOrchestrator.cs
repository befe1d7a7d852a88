using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using OviFunctions.Activities;
using OviFunctions.Jobs;
using OviFunctions.Providers;

namespace OviFunctions.Orchestrations;

/// <summary>What one attempt works with.</summary>
public sealed record AttemptInput(
    string JobId, string KeyId, int Lane, string Provider, string Model, VideoRequest Request, JobPlan Plan, DateTime Deadline);

/// <summary>How an attempt ended: with a stored video, with a failure, or stopped.</summary>
public sealed record AttemptEnd(AttemptState State, VideoAsset? Video = null, ProviderFailure? Failure = null);

/// <summary>
/// One attempt at one provider: submit (the intent is written first), wait for the callback or the next poll, read the
/// result with our credentials, store the video. A callback is only a hint that a look is worth while.
/// </summary>
/// <remarks>
/// A submit whose answer was lost may have made a job that costs money, and no provider has an idempotency key. It
/// waits for its callback, whose token brings it back here; only when none came is it sent once more.
/// </remarks>
public static class ProviderAttemptOrchestrator
{
    private const int MaxSubmits = 2;

    [Function(nameof(ProviderAttemptOrchestrator))]
    public static async Task<AttemptEnd> Run([OrchestrationTrigger] TaskOrchestrationContext context, AttemptInput input)
    {
        var signals = new AttemptSignals(context, input.Model, input.Deadline);
        var following = new List<ProviderJob>();
        var cancelSent = false;
        var lost = 0; // submits without an answer, of which no callback came
        var callbackWait = TimeSpan.FromSeconds(input.Plan.AmbiguousSubmitWaitSeconds);
        var failure = new ProviderFailure(FailureClass.AmbiguousSubmit, null, "No answer to two submits, and no callback.");

        // :: Submit.
        for (var submit = 1; submit <= MaxSubmits && following.Count == 0; submit++)
        {
            var step = await context.CallActivityAsync<SubmitStep>(
                nameof(SubmitToProvider), SubmitToProviderInput.From(input, submit), Retries.Ordinary);
            switch (step.State)
            {
                case SubmitState.Finished when step.Video is { } stored: return new AttemptEnd(AttemptState.Delivered, stored);
                case SubmitState.Finished:
                    return await VideoDelivery.StoreAsync(context, input, job: null, step.VideoUrl, step.Seed ?? input.Request.Seed);
                case SubmitState.Accepted: following.Add(step.Job!); break;
                case SubmitState.Rejected when submit == 1:
                    Follow(await signals.TakeCallbacksAsync());
                    if (following.Count == 0) return Failed(step.Failure!);
                    break;
                case SubmitState.Rejected:
                    // The refusal is of this submit only: an earlier one may have made a job all the same.
                    await FollowLostAsync();
                    if (following.Count == 0 && signals.Stop == StopReason.AnotherDelivered) return Stopped();
                    if (following.Count == 0) return signals.Stop is not null ? TimedOut() : Failed(step.Failure!);
                    break;
                case SubmitState.Ambiguous:
                    lost++;
                    await FollowLostAsync();
                    if (following.Count == 0 && signals.Stop == StopReason.AnotherDelivered) return Stopped();
                    if (following.Count == 0 && signals.DeadlineReached) return TimedOut();
                    break;
            }
        }

        // :: Follow until the video is stored, every job of this attempt has failed, or time is up.
        var pause = TimeSpan.FromSeconds(input.Plan.FirstPollSeconds);
        while (following.Count > 0)
        {
            await signals.WaitAsync(pause);
            if (signals.Stop is not null && !cancelSent)
            {
                cancelSent = true;
                await CancelAsync();
            }

            if (signals.Stop == StopReason.AnotherDelivered) return Stopped();
            Follow(await signals.TakeCallbacksAsync());
            foreach (var job in following.ToArray())
            {
                var read = await context.CallActivityAsync<ReadStep>(
                    nameof(ReadFromProvider), new ReadFromProviderInput(input.JobId, input.Provider, job), Retries.Ordinary);
                if (read.State == ReadState.Succeeded)
                {
                    var end = await VideoDelivery.StoreAsync(context, input, job, read.VideoUrl, read.Seed ?? input.Request.Seed);
                    following.Remove(job);
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
                    following.Remove(job);
                }
            }

            // After the look: the deadline may have passed while we were down, and the video may have been there in time.
            if (following.Count > 0 && signals.DeadlineReached)
            {
                if (!cancelSent) await CancelAsync();
                return TimedOut();
            }

            // What is known of the jobs that are known says nothing about one that is not.
            if (following.Count == 0 && cancelSent && lost > 0)
            {
                Follow(await signals.WaitForCallbackAsync(input.Deadline - context.CurrentUtcDateTime));
                if (following.Count == 0) return signals.DeadlineReached ? TimedOut() : Stopped();
                await CancelAsync();
            }

            pause = TimeSpan.FromSeconds(Math.Min(pause.TotalSeconds * 1.5, input.Plan.MaxPollSeconds));
        }

        return cancelSent ? Stopped() : Failed(failure);

        // Waits for the callback of a submit whose answer was lost. A buyer who has cancelled waits for it until the deadline: only
        // a provider's word, or its time, says that nothing is being made for him (payments.md section 5).
        async Task FollowLostAsync()
        {
            Follow(await signals.WaitForCallbackAsync(callbackWait));
            if (following.Count == 0 && signals.Stop == StopReason.BuyerCanceled)
                Follow(await signals.WaitForCallbackAsync(input.Deadline - context.CurrentUtcDateTime));
        }

        // A job that is not followed yet is one that only a callback knows of: the submit that made it had lost its answer.
        void Follow(IEnumerable<ProviderJob> jobs)
        {
            foreach (var job in jobs.Where(job => following.All(j => j.RequestId != job.RequestId)))
            {
                following.Add(job);
                lost--;
            }
        }

        // A job of which the provider confirms that it will not run is over; the others are followed on. Best effort: a
        // cancellation that breaks must not take a video with it, or hold it up.
        async Task CancelAsync()
        {
            foreach (var job in following.ToArray())
            {
                try
                {
                    var cancel = new CancelAtProviderInput(input.JobId, input.Provider, job);
                    if (await context.CallActivityAsync<bool>(nameof(CancelAtProvider), cancel)) following.Remove(job);
                }
                catch (TaskFailedException)
                {
                    context.CreateReplaySafeLogger(typeof(ProviderAttemptOrchestrator)).CancelBroke(input.JobId, input.Provider);
                }
            }
        }

        static AttemptEnd Failed(ProviderFailure failure) => new(AttemptState.Failed, Failure: failure);

        static AttemptEnd TimedOut() =>
            Failed(new ProviderFailure(FailureClass.ProviderTimeout, null, "Not finished before the job's deadline."));

        static AttemptEnd Stopped() => new(AttemptState.Stopped);
    }
}
