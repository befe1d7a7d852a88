using OviFunctions.Activities;
using OviFunctions.Jobs;
using OviFunctions.Jobs.Batches;
using OviFunctions.Orchestrations;
using OviFunctions.Payments.Refunds;
using OviFunctions.Tests.Support;
using static OviFunctions.Tests.Orchestrations.OrchestrationSamples;

namespace OviFunctions.Tests.Orchestrations;

/// <summary>A batch of three for which everything goes well, unless a test says otherwise. Its outcomes are recorded as they are in reality.</summary>
internal sealed class BatchScript
{
    public const int Count = 3;

    private readonly BatchOutcomes _outcomes;

    public BatchScript(VideoJobInput? batch = null)
    {
        Batch = batch ?? PaidBatch();
        _outcomes = OutcomeRecording.OfBatches(Records, new ManualTimeProvider(ScriptedContext.Start));
        Context = new ScriptedContext(JobId)
            .On<string, PreparedImage>(nameof(PrepareItem), _ => Image)
            .On<SettlePaymentInput, SettleReport>(nameof(SettlePayment), _ => new SettleReport(null))
            .On<CheckPaymentInput, PaymentProof>(nameof(CheckPayment), _ => new PaymentProof(PaymentProofState.Paid, Transaction))
            .On<CloseBatchInput, OutcomeRecord>(
                nameof(CloseBatch), close => _outcomes.CloseAsync(close.Batch, close.At, close.Undelivered, close.Transaction, default))
            .On<OutcomeRecord, OutcomeRecord>(
                nameof(RecordOutcome), record => OutcomeRecording.Over(Records, new ManualTimeProvider(ScriptedContext.Start)).Run(record, default))
            .On<RefundInput, bool>(nameof(StartRefund), _ => true)
            .On<StartWebhookInput, bool>(nameof(StartWebhook), _ => true);
        Items(DeliverAsync);
    }

    public static VideoJobInput PaidBatch() => PaidJob() with { Model = BatchModel.ModelName, Items = Count, PriceAtomic = 1_260_000 };

    public static VideoJobInput KeyBatch() => PaidBatch() with { Payment = null, ApiKeyId = "alice" };

    public VideoJobInput Batch { get; }

    public MemoryRecordStore Records { get; } = new();

    public ScriptedContext Context { get; }

    public IEnumerable<string> Steps => Context.Calls.Select(call => call.Input switch
    {
        StartWebhookInput hook => hook.EventType,
        OutcomeRecord record => $"record {record.Outcome}",
        string item => $"{call.Name} {item[^2..]}",
        _ => call.Name,
    });

    public RefundInput? Refund => Context.InputsOf<RefundInput>(nameof(StartRefund)).SingleOrDefault();

    public IReadOnlyList<VideoJobInput> Inputs => [.. Enumerable.Range(0, Count).Select(i => ItemOf(Batch, i))];

    public static VideoJobInput ItemOf(VideoJobInput batch, int index) => batch with
    {
        JobId = JobIdentity.Item(batch.JobId, index), Model = "ovi/image-to-video", PriceAtomic = 420_000, Payment = null, Items = null,
    };

    /// <summary>What becomes of an item, by its place.</summary>
    public BatchScript Items(Func<int, Task<JobOutcome>> item)
    {
        Context.On<string, JobOutcome>(nameof(BatchItemOrchestrator), id => item(JobIdentity.IndexOf(id)));
        return this;
    }

    public Task<JobOutcome> DeliverAsync(int index) => RecordAsync(index, new OutcomeRecord(
        JobIdentity.Item(JobId, index), JobOutcome.Delivered, ScriptedContext.Start, Video(), Error: null, Payer: null, 420_000, Transaction: null));

    public Task<JobOutcome> FailAsync(int index, JobError error) =>
        RecordAsync(index, BatchOutcomes.NotDelivered(ItemOf(Batch, index), ScriptedContext.Start, error));

    public async Task<JobStatus> RunAsync()
    {
        await new BatchItems(Records).WriteAsync(Batch, new BatchRecord(Inputs), default);
        return await Context.RunAsync(context => BatchOrchestrator.Run(context, Batch));
    }

    private async Task<JobOutcome> RecordAsync(int index, OutcomeRecord outcome) => (await _outcomes.RecordItemAsync(outcome, default)).Outcome;
}
