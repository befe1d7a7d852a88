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
                    return await VideoDelivery.StoreAsync(context, input, job: null, step.VideoUrl!, step.Seed ?? input.Request.Seed);
                case SubmitState.Accepted: Follow([step.Job!]); break;
                case SubmitState.Rejected:
                    // The refusal is of this submit only: an earlier one may have made a job all the same.
                    Follow(submit == 1 ? await signals.TakeCallbacksAsync() : await signals.WaitForCallbackAsync(callbackWait));
                    if (following.Count == 0) return submit > 1 && signals.Stop is not null ? Stopped() : Failed(step.Failure!);
                    break;
                case SubmitState.Ambiguous:
                    Follow(await signals.WaitForCallbackAsync(callbackWait));
                    if (following.Count == 0 && signals.Stop is not null) return Stopped();
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
                    var end = await VideoDelivery.StoreAsync(context, input, job, read.VideoUrl!, read.Seed ?? input.Request.Seed);
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

            pause = TimeSpan.FromSeconds(Math.Min(pause.TotalSeconds * 1.5, input.Plan.MaxPollSeconds));
        }

        return cancelSent ? Stopped() : Failed(failure);

        // A job that is not followed yet is one that only a callback knows of: the submit that made it had lost its answer.
        void Follow(IEnumerable<ProviderJob> jobs)
        {
            foreach (var job in jobs)
            {
                if (following.All(j => j.RequestId != job.RequestId)) following.Add(job);
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
