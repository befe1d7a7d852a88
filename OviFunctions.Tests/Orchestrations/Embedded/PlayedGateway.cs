using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.DurableTask.Client;
using OviFunctions.Activities;
using OviFunctions.Embedded.Engine;
using OviFunctions.Embedded.Store;
using OviFunctions.Hosting;
using OviFunctions.Jobs;
using OviFunctions.Orchestrations;
using OviFunctions.Payments.Refunds;
using OviFunctions.Tests.Embedded.Engine;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Orchestrations.Embedded;

/// <summary>
/// The gateway's orchestrators on the embedded engine. The activities are played: what they do outside (journal, chain,
/// providers, storage) is kept here, so it outlives the engine as it would in reality.
/// </summary>
internal sealed class PlayedGateway : IAsyncDisposable
{
    /// <summary>So long nothing has to happen before the clock is moved on.</summary>
    private const int QuietPolls = 5;

    private static readonly TimeSpan LongestStep = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<string, byte> _seen = new();
    private readonly ConcurrentDictionary<string, SubmitStep> _journal = new();
    private readonly ConcurrentDictionary<string, OutcomeRecord> _outcomes = new();
    private int _calls;
    private int _hanging;
    private int _refundLooks;

    public PlayedGateway(EngineOptions? options = null, Func<IInstanceStore, IInstanceStore>? wrapStore = null)
    {
        Host = new EngineHost(options ?? new EngineOptions(), Time) { WrapStore = wrapStore ?? (store => store) }
            .Orchestrator(nameof(VideoJobOrchestrator), c => VideoJobOrchestrator.Run(c, c.GetInput<VideoJobInput>()!))
            .Orchestrator(nameof(ProviderAttemptOrchestrator), c => ProviderAttemptOrchestrator.Run(c, c.GetInput<AttemptInput>()!))
            .Orchestrator(nameof(WebhookOrchestrator), c => WebhookOrchestrator.Run(c, c.GetInput<HookInput>()!))
            .Orchestrator(nameof(RefundOrchestrator), c => RefundOrchestrator.Run(c, c.GetInput<RefundInput>()!));
        Play<PrepareImageInput, PreparedImage>(nameof(PrepareImage), _ => Image);
        Play<SettlePaymentInput, SettleReport>(nameof(SettlePayment), _ => new SettleReport("insufficient_funds"));
        Play<CheckPaymentInput, PaymentProof>(nameof(CheckPayment), _ => Chain(Seconds));
        Play<TakeProviderSlotInput, SlotStep>(nameof(TakeProviderSlot), _ => new SlotStep(true, 0));
        Play<EndAttemptInput, bool>(nameof(EndAttempt), _ => true);
        Play<SubmitToProviderInput, SubmitStep>(nameof(SubmitToProvider), Submit);
        Play<ReadFromProviderInput, ReadStep>(nameof(ReadFromProvider), input => Read(input.Job.RequestId, Seconds));
        Play<CancelAtProviderInput, bool>(nameof(CancelAtProvider), input =>
        {
            Canceled[input.Job.RequestId] = true;
            return false;
        });
        Play<StoreVideoInput, StoreStep>(nameof(StoreVideo), input => new StoreStep(OrchestrationSamples.Video(input.Lane)));
        Play<OutcomeRecord, OutcomeRecord>(nameof(RecordOutcome), record => _outcomes.GetOrAdd(record.JobId, record));
        Play<LateVideo, bool>(nameof(DiscardVideo), _ => true);
        Play<RefundInput, bool>(nameof(StartRefund), async input => await Host!.Client.TryStartAsync(
            nameof(RefundOrchestrator), JobIds.Refund(input.JobId), input, default));
        Play<RefundInput, RefundProof>(nameof(ProveIncoming), _ => new RefundProof(RefundProofState.Paid, OrchestrationSamples.Transaction, 7, 1));
        Play<SignRefundInput, SignStep>(nameof(SignRefund), input => new SignStep(SignState.Ready, input.Spent + 1));
        Play<SettleRefundInput, SettleRefundState>(nameof(SettleRefund), _ => SettleRefundState.Asked);
        Play<string, RefundProof>(nameof(CheckRefund), _ => RefundLook(Interlocked.Increment(ref _refundLooks)));
        Play<RecordRefundInput, bool>(nameof(RecordRefund), input => Refunds.TryAdd(input.Refund.JobId, input));
        Play<string, bool>(nameof(TellRefunded), _ => true);
        Play<StartWebhookInput, bool>(nameof(StartWebhook), async input => await Host!.Client.TryStartAsync(
            nameof(WebhookOrchestrator), JobIds.Hook(input.Job.JobId, input.EventType),
            new HookInput($"msg_{input.EventType}", input.Job.JobId, "k1", "https://buyer.example.com", "{}"), default));
        Play<HookInput, DeliveryStep>(nameof(DeliverWebhook), hook =>
        {
            Webhooks.Enqueue(hook.MessageId);
            return new DeliveryStep(DeliveryState.Delivered, Time.GetUtcNow());
        });
    }

    public ManualTimeProvider Time { get; } = new(ScriptedContext.Start);

    public EngineHost Host { get; }

    public double Seconds => (Time.GetUtcNow() - ScriptedContext.Start).TotalSeconds;

    public PreparedImage Image { get; init; } = OrchestrationSamples.Image;

    /// <summary>What the chain shows at a second.</summary>
    public Func<double, PaymentProof> Chain { get; init; } = _ => new PaymentProof(PaymentProofState.Paid, OrchestrationSamples.Transaction);

    /// <summary>What a provider answers to a POST that reaches it.</summary>
    public Func<SubmitToProviderInput, SubmitStep> Provider { get; init; } = input => OrchestrationSamples.Accepted($"r{input.Lane}.{input.Submit}");

    /// <summary>What a look at a provider's job finds at a second.</summary>
    public Func<string, double, ReadStep> Read { get; init; } = (_, _) => OrchestrationSamples.Finished();

    /// <summary>The POSTs that reached a provider, in order.</summary>
    public ConcurrentQueue<string> Posts { get; } = new();

    /// <summary>Is told of each of them.</summary>
    public Action<string> Submitted { get; set; } = _ => { };

    public ConcurrentDictionary<string, bool> Canceled { get; } = new();

    /// <summary>What the chain shows of a refund at the n-th look, from 1.</summary>
    public Func<int, RefundProof> RefundLook { get; init; } = _ => new RefundProof(RefundProofState.Paid, OrchestrationSamples.Transaction, 9, 2);

    /// <summary>The refunds that ended, by job.</summary>
    public ConcurrentDictionary<string, RecordRefundInput> Refunds { get; } = new();

    /// <summary>The ids of the messages that reached the buyer; at least once each.</summary>
    public ConcurrentQueue<string> Webhooks { get; } = new();

    /// <summary>Each activity does its work once and then hangs instead of answering, until the engine is stopped.</summary>
    public bool HangOnce { get; init; }

    /// <summary>How many activities hang now.</summary>
    public int Hanging => _hanging;

    public OutcomeRecord Outcome => _outcomes[OrchestrationSamples.JobId];

    public async Task<PlayedGateway> StartAsync(VideoJobInput job)
    {
        await Host.StartAsync();
        await Host.Client.TryStartAsync(nameof(VideoJobOrchestrator), job.JobId, job, default);
        return this;
    }

    public async Task RestartAsync()
    {
        await Host.StopAsync();
        _hanging = 0;
        await Host.StartAsync();
    }

    public Task RaiseAsync(string instanceId, string name, object payload) =>
        Host.Client.TryRaiseEventAsync(instanceId, name, payload, default);

    public Task CallbackAsync(int lane, int submit, string requestId) =>
        RaiseAsync(JobIds.Attempt(OrchestrationSamples.JobId, lane), JobEvents.Callback, new CallbackSignal(submit, requestId));

    /// <summary>Moves the clock to the next timer whenever nothing happens, until something is the case.</summary>
    public async Task UntilAsync(Func<Task<bool>> condition)
    {
        var (last, quiet) = (-1, 0);
        await EngineHost.UntilAsync(async () =>
        {
            if (await condition()) return true;
            var calls = Volatile.Read(ref _calls);
            quiet = calls == last ? quiet + 1 : 0;
            last = calls;
            if (quiet < QuietPolls || Hanging > 0 || Time.NextTimerAt is not { } next) return false;
            quiet = 0;
            var step = next - Time.GetUtcNow();
            Time.Advance(step < LongestStep ? step : LongestStep);
            return false;
        });
    }

    public Task UntilAsync(Func<bool> condition) => UntilAsync(() => Task.FromResult(condition()));

    public async Task<JobStatus> StatusAsync() =>
        (await Host.GetAsync(OrchestrationSamples.JobId)).ReadCustomStatusAs<JobStatus>() ?? new JobStatus();

    /// <summary>Waits for the end of the job and everything that it started; none of it may fail.</summary>
    public async Task<JobStatus> EndAsync()
    {
        await UntilAsync(async () => (await InstancesAsync()).All(i => i.IsCompleted));
        Assert.DoesNotContain(await InstancesAsync(), i => i.RuntimeStatus != OrchestrationRuntimeStatus.Completed);
        return await StatusAsync();
    }

    public async Task<List<OrchestrationMetadata>> InstancesAsync(bool withInputs = false)
    {
        var instances = new List<OrchestrationMetadata>();
        var query = new OrchestrationQuery { FetchInputsAndOutputs = withInputs };
        await foreach (var instance in Host.Client.GetAllInstancesAsync(query)) instances.Add(instance);
        return instances;
    }

    public ValueTask DisposeAsync() => Host.DisposeAsync();

    /// <summary>A POST whose answer is in the journal is not sent again.</summary>
    private SubmitStep Submit(SubmitToProviderInput input) => _journal.GetOrAdd($"{input.Lane}-{input.Submit}", key =>
    {
        Posts.Enqueue(key);
        Submitted(key);
        return Provider(input);
    });

    private void Play<TIn, TOut>(string name, Func<TIn, TOut> activity) => Play<TIn, TOut>(name, input => Task.FromResult(activity(input)));

    private void Play<TIn, TOut>(string name, Func<TIn, Task<TOut>> activity) => Host.Activity<TIn, TOut>(
        name, (input, cancellation) => RunAsync(name, input, activity, cancellation));

    private async Task<TOut> RunAsync<TIn, TOut>(string name, TIn input, Func<TIn, Task<TOut>> activity, CancellationToken cancellation)
    {
        Interlocked.Increment(ref _calls);
        var output = await activity(input);
        if (HangOnce && _seen.TryAdd($"{name} {JsonSerializer.Serialize(input)}", 0))
        {
            Interlocked.Increment(ref _hanging);
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellation);
        }

        Interlocked.Increment(ref _calls);
        return output;
    }
}
