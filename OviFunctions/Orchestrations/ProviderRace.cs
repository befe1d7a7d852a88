using Microsoft.DurableTask;
using OviFunctions.Configuration;
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
/// A buyer's cancellation is a wish: no further lane starts, the providers are asked to stop, and a video that one of
/// them finishes all the same is delivered. Only when no attempt is left is the job cancelled.
/// </remarks>
internal static class ProviderRace
{
    public static async Task<RaceEnd> RunAsync(
        TaskOrchestrationContext context, VideoJobInput input, JobProgress job, Task<string> cancellation)
    {
        var lanes = input.Plan.Lanes;
        var deadline = context.CurrentUtcDateTime.AddSeconds(input.Plan.DeadlineSeconds);
        var running = new List<(int Lane, Task<AttemptEnd> Attempt)>();
        var failures = new List<ProviderFailure>();
        var started = 0;
        var lastStart = context.CurrentUtcDateTime;
        var failedSinceStart = false;
        var canceled = false;

        while (true)
        {
            if (cancellation.IsCompleted && !canceled)
            {
                canceled = true;
                Stop(StopReason.BuyerCanceled);
            }

            while (MayStart() && IsDue(lanes[started])) Start(started++);
            if (running.Count == 0) break;

            using var timerSource = new CancellationTokenSource();
            var waits = new List<Task>(running.Select(r => (Task)r.Attempt));
            if (!canceled) waits.Add(cancellation);
            if (MayStart() && lanes[started].Start == LaneStart.AfterDelay)
                waits.Add(context.CreateTimer(DueAt(lanes[started]), timerSource.Token));
            await Task.WhenAny(waits);
            timerSource.Cancel();

            foreach (var (lane, attempt) in running.Where(r => r.Attempt.IsCompleted).ToArray())
            {
                running.RemoveAll(r => r.Lane == lane);
                var end = await EndOfAsync(lane, attempt);
                if (end.Video is { } video)
                {
                    Stop(StopReason.AnotherDelivered);
                    return new RaceEnd(video, null, Canceled: false, EndLosersAsync());
                }

                failedSinceStart = true;
                if (end.Failure is { } failure) failures.Add(failure);
            }
        }

        if (canceled) return new RaceEnd(null, JobErrors.Canceled, Canceled: true, Task.CompletedTask);
        var error = failures.Count > 0 ? JobErrors.FromProviders(failures) : JobErrors.Internal;
        return new RaceEnd(null, error, Canceled: false, Task.CompletedTask);

        // After the deadline a provider would be paid for a video that nobody waits for.
        bool MayStart() => !canceled && started < lanes.Count && context.CurrentUtcDateTime < deadline;

        bool IsDue(LanePlan lane) =>
            running.Count == 0
            || lane.Start == LaneStart.AtOnce
            || (lane.Start == LaneStart.AfterFailure && failedSinceStart)
            || (lane.Start == LaneStart.AfterDelay && context.CurrentUtcDateTime >= DueAt(lane));

        DateTime DueAt(LanePlan lane) => lastStart.AddSeconds(lane.DelaySeconds);

        void Start(int lane)
        {
            lastStart = context.CurrentUtcDateTime;
            failedSinceStart = false;
            job.AttemptStarted(lane, lanes[lane].Provider);
            var attempt = new AttemptInput(
                input.JobId, input.KeyId, lane, lanes[lane].Provider, input.Model, input.Request, input.Plan, deadline);
            running.Add((lane, context.CallSubOrchestratorAsync<AttemptEnd>(
                nameof(ProviderAttemptOrchestrator), attempt, new TaskOptions().WithInstanceId(JobIds.Attempt(input.JobId, lane)))));
        }

        void Stop(StopReason reason)
        {
            foreach (var (lane, attempt) in running)
            {
                if (!attempt.IsCompleted) context.SendEvent(JobIds.Attempt(input.JobId, lane), JobEvents.Stop, reason);
            }
        }

        async Task EndLosersAsync()
        {
            foreach (var (lane, attempt) in running) await EndOfAsync(lane, attempt);
        }

        // An attempt whose activities kept failing is a failed attempt: the others may still deliver.
        async Task<AttemptEnd> EndOfAsync(int lane, Task<AttemptEnd> attempt)
        {
            AttemptEnd end;
            try
            {
                end = await attempt;
            }
            catch (TaskFailedException)
            {
                context.CreateReplaySafeLogger(typeof(ProviderRace)).AttemptBroke(input.JobId, lane, lanes[lane].Provider);
                end = new AttemptEnd(AttemptState.Failed);
            }

            job.AttemptEnded(lane, end.State, end.Failure?.Class);
            return end;
        }
    }
}
