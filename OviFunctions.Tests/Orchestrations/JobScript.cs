using OviFunctions.Activities;
using OviFunctions.Jobs;
using OviFunctions.Orchestrations;
using OviFunctions.Payments.Refunds;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Orchestrations;

/// <summary>A job for which everything goes well, unless a test says otherwise.</summary>
internal sealed class JobScript
{
    private OutcomeRecord? _outcome;

    public JobScript(VideoJobInput job)
    {
        Job = job;
        Context = new ScriptedContext(job.JobId)
            .On<PrepareImageInput, PreparedImage>(nameof(PrepareImage), _ => OrchestrationSamples.Image)
            .On<SettlePaymentInput, SettleReport>(nameof(SettlePayment), _ => new SettleReport(null))
            .On<CheckPaymentInput, PaymentProof>(
                nameof(CheckPayment), _ => new PaymentProof(PaymentProofState.Paid, OrchestrationSamples.Transaction))
            .On<AttemptInput, AttemptEnd>(nameof(ProviderAttemptOrchestrator), input => OrchestrationSamples.Delivered(input.Lane))
            .On<OutcomeRecord, OutcomeRecord>(nameof(RecordOutcome), record => _outcome ??= record)
            .On<RefundInput, bool>(nameof(StartRefund), _ => true)
            .On<StartWebhookInput, bool>(nameof(StartWebhook), _ => true);
    }

    public VideoJobInput Job { get; }

    public ScriptedContext Context { get; }

    /// <summary>The names of the calls, in order; webhooks with their event, outcomes with what was recorded.</summary>
    public IEnumerable<string> Steps => Context.Calls.Select(c => c.Input switch
    {
        StartWebhookInput hook => hook.EventType,
        OutcomeRecord record => $"record {record.Outcome}",
        _ => c.Name,
    });

    public IEnumerable<string> Webhooks => Context.InputsOf<StartWebhookInput>(nameof(StartWebhook)).Select(w => w.EventType);

    public IEnumerable<JobStatus> Statuses => Context.Statuses.Cast<JobStatus>();

    /// <summary>What is recorded before the job gets to it.</summary>
    public JobScript Recorded(OutcomeRecord outcome)
    {
        _outcome = outcome;
        return this;
    }

    public JobScript With(Action<ScriptedContext> change)
    {
        change(Context);
        return this;
    }

    public JobScript Attempts(Func<AttemptInput, Task<AttemptEnd>> attempt) =>
        With(c => c.On(nameof(ProviderAttemptOrchestrator), attempt));

    public JobScript Attempts(Func<AttemptInput, AttemptEnd> attempt) => With(c => c.On(nameof(ProviderAttemptOrchestrator), attempt));

    public JobScript Chain(Func<int, PaymentProof> look)
    {
        var looks = 0;
        return With(c => c.On<CheckPaymentInput, PaymentProof>(nameof(CheckPayment), _ => look(looks++)));
    }

    public Task<JobStatus> RunAsync() => Context.RunAsync(context => VideoJobOrchestrator.Run(context, Job));
}
