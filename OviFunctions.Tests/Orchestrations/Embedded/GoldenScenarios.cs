using OviFunctions.Activities;
using OviFunctions.Hosting;
using OviFunctions.Jobs;
using OviFunctions.Orchestrations;
using OviFunctions.Payments.Refunds;
using OviFunctions.Providers;
using static OviFunctions.Tests.Orchestrations.OrchestrationSamples;

namespace OviFunctions.Tests.Orchestrations.Embedded;

/// <summary>The jobs whose histories are kept, and how they are recorded.</summary>
internal static class GoldenScenarios
{
    /// <summary>The name that the job's first activity has in the history which has to fail.</summary>
    public const string RenamedActivity = "FetchImage";

    public static readonly IReadOnlyDictionary<string, Func<HistoryRecorder, Task<PlayedGateway>>> All =
        new Dictionary<string, Func<HistoryRecorder, Task<PlayedGateway>>>
        {
            ["delivered"] = DeliveredAsync,
            ["hedged"] = HedgedAsync,
            ["held"] = HeldAsync,
            ["turned-away"] = TurnedAwayAsync,
            ["failed-over"] = FailedOverAsync,
            ["cancelled"] = CancelledAsync,
            ["webhook-down"] = WebhookDownAsync,
        };

    /// <summary>Plays each job on the engine and writes the histories of the instances that it came to.</summary>
    public static async Task RecordAsync(string folder)
    {
        Directory.CreateDirectory(folder);
        foreach (var (name, playAsync) in All)
        {
            var recorder = new HistoryRecorder();
            await using var gateway = await playAsync(recorder);
            await gateway.UntilAsync(async () => (await gateway.InstancesAsync()).All(i => i.IsCompleted));
            GoldenHistory.Write(Path.Combine(folder, $"{name}.json"), recorder.Histories);
            if (name == "delivered") GoldenHistory.Write(Path.Combine(folder, "renamed-activity.json"), recorder.Histories.Select(Renamed));
        }
    }

    private static Task<PlayedGateway> DeliveredAsync(HistoryRecorder recorder) => new PlayedGateway(wrapStore: recorder.Wrap)
    {
        Chain = at => at < 8 ? new PaymentProof(PaymentProofState.Undecided) : new PaymentProof(PaymentProofState.Paid, Transaction),
        Read = (_, at) => at < 60 ? StillRunning : Finished(),
    }.StartAsync(PaidJob());

    private static Task<PlayedGateway> HedgedAsync(HistoryRecorder recorder) => new PlayedGateway(wrapStore: recorder.Wrap)
    {
        Read = (id, _) => id == "r1.1" ? Finished() : StillRunning,
    }.StartAsync(PaidJob(Lane("a"), Lane("b", LaneStart.AfterDelay, 30)));

    /// <summary>The first answer is lost, and the second provider is asked when no callback has come.</summary>
    private static Task<PlayedGateway> HeldAsync(HistoryRecorder recorder) => new PlayedGateway(wrapStore: recorder.Wrap)
    {
        Provider = input => input.Lane == 0 ? Ambiguous : Accepted("r1.1"),
    }.StartAsync(PaidJob(Lane("a"), Lane("b", LaneStart.AfterDelay, 30)));

    /// <summary>The only provider has too much to do at first.</summary>
    private static Task<PlayedGateway> TurnedAwayAsync(HistoryRecorder recorder)
    {
        var busy = Rejected(FailureClass.RateLimited);
        return new PlayedGateway(wrapStore: recorder.Wrap)
        {
            Provider = input => input.Lane == 0 ? busy with { Failure = busy.Failure! with { RetryAfterSeconds = 20 } } : Accepted("r1.1"),
        }.StartAsync(PaidJob(Lane("a")));
    }

    private static Task<PlayedGateway> FailedOverAsync(HistoryRecorder recorder) => new PlayedGateway(wrapStore: recorder.Wrap)
    {
        Provider = input => input.Lane == 0 ? Ambiguous : Accepted("r1.1"),
        Read = (_, _) => FailedThere(),
        // The first authorization of the refund runs out; the second one pays.
        RefundLook = look => new RefundProof(look switch
        {
            < 3 => RefundProofState.Undecided,
            3 => RefundProofState.UnpaidForGood,
            _ => RefundProofState.Paid,
        }),
    }.StartAsync(PaidJob(Lane("a"), Lane("b")));

    private static async Task<PlayedGateway> CancelledAsync(HistoryRecorder recorder)
    {
        var gateway = await new PlayedGateway(wrapStore: recorder.Wrap)
        {
            Read = (_, at) => at < 40 ? StillRunning : FailedThere(FailureClass.Cancelled),
        }.StartAsync(PaidJob(Lane("a"), Lane("b")));
        await gateway.UntilAsync(() => gateway.Seconds > 10);
        await gateway.RaiseAsync(JobId, JobEvents.Cancel, "cancel");
        return gateway;
    }

    /// <summary>The receiver is down twice.</summary>
    private static async Task<PlayedGateway> WebhookDownAsync(HistoryRecorder recorder)
    {
        var gateway = new PlayedGateway(wrapStore: recorder.Wrap);
        var tries = 0;
        gateway.Host.Activity<HookInput, DeliveryStep>(nameof(DeliverWebhook), _ => new DeliveryStep(
            Interlocked.Increment(ref tries) < 3 ? DeliveryState.Retry : DeliveryState.Delivered, gateway.Time.GetUtcNow(), Status: 503));
        await gateway.Host.StartAsync();
        var hook = new HookInput("msg_job.succeeded", JobId, "k1", "https://buyer.example.com", "{}");
        await gateway.Host.Client.TryStartAsync(nameof(WebhookOrchestrator), JobIds.Hook(JobId, "job.succeeded"), hook, default);
        return gateway;
    }

    /// <summary>The same history, from a release in which the activity had another name.</summary>
    private static GoldenHistory Renamed(GoldenHistory history) => history with
    {
        Turns = [.. history.Turns.Select(t => t with
        {
            Actions = [.. t.Actions.Select(a => a.Name == nameof(PrepareImage) ? a with { Name = RenamedActivity } : a)],
        })],
    };
}
