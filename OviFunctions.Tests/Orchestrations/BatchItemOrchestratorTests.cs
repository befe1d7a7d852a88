using OviFunctions.Activities;
using OviFunctions.Jobs;
using OviFunctions.Jobs.Batches;
using OviFunctions.Orchestrations;
using OviFunctions.Tests.Support;
using static OviFunctions.Tests.Orchestrations.OrchestrationSamples;

namespace OviFunctions.Tests.Orchestrations;

public sealed class BatchItemOrchestratorTests
{
    private static readonly string ItemId = JobIdentity.Item(JobId, 7);

    private readonly ScriptedContext _context = new(ItemId);
    private OutcomeRecord? _recorded;

    public BatchItemOrchestratorTests() => _context
        .On<string, VideoJobInput>(nameof(ReadItem), _ => BatchScript.ItemOf(BatchScript.PaidBatch(), 7))
        .On<AttemptInput, AttemptEnd>(nameof(ProviderAttemptOrchestrator), _ => Delivered())
        .On<OutcomeRecord, OutcomeRecord>(nameof(RecordItemOutcome), outcome => _recorded ??= outcome)
        .On<LateVideo, bool>(nameof(DiscardVideo), _ => true);

    private JobStatus Status => _context.Statuses.Cast<JobStatus>().Last();

    [Fact]
    public async Task Run_Delivered_IsRecordedUnderItsOwnIdBeforeItIsShown()
    {
        JobOutcome? shown = null;
        _context.On<OutcomeRecord, OutcomeRecord>(nameof(RecordItemOutcome), outcome =>
        {
            shown = Status.Outcome;
            return _recorded = outcome;
        });

        Assert.Equal(JobOutcome.Delivered, await RunAsync());

        Assert.Equal((ItemId, JobOutcome.Delivered, Video()), (_recorded!.JobId, _recorded.Outcome, _recorded.Video));
        Assert.Null(shown);
        Assert.Equal((JobState.Succeeded, JobOutcome.Delivered, Video()), (Status.State, Status.Outcome, Status.Video));
        Assert.Equal(ItemId, Assert.Single(_context.InputsOf<AttemptInput>(nameof(ProviderAttemptOrchestrator))).JobId);
    }

    [Fact]
    public async Task Run_NobodyDelivers_MoneyOfTheItemIsDueBack()
    {
        _context.On<AttemptInput, AttemptEnd>(nameof(ProviderAttemptOrchestrator), _ => Failed());

        Assert.Equal(JobOutcome.RefundDue, await RunAsync());

        Assert.Equal((JobState.Failed, "provider_unavailable"), (Status.State, Status.Error!.Code));
        Assert.Equal(420_000, _recorded!.AmountAtomic);
    }

    [Fact]
    public async Task Run_Canceled_AttemptIsStopped()
    {
        _context.On<AttemptInput, AttemptEnd>(nameof(ProviderAttemptOrchestrator), _ => _context.After(10, Stopped)).EventAt(3, JobEvents.Cancel, "cancel");

        await RunAsync();

        Assert.Equal([(JobIds.Attempt(ItemId, 0), JobEvents.Stop, (object)StopReason.BuyerCanceled)], _context.Sent);
        Assert.Equal((JobState.Canceled, JobErrors.Canceled), (Status.State, Status.Error));
    }

    [Fact]
    public async Task Run_RefundWasRecordedBefore_VideoIsDiscardedAndNotShown()
    {
        _recorded = BatchOutcomes.NotDelivered(BatchScript.ItemOf(BatchScript.PaidBatch(), 7), ScriptedContext.Start, JobErrors.Internal);

        Assert.Equal(JobOutcome.RefundDue, await RunAsync());

        Assert.Equal(Video().File, Assert.Single(_context.InputsOf<LateVideo>(nameof(DiscardVideo))).Video);
        Assert.Equal((JobState.Failed, (VideoAsset?)null, JobErrors.Internal), (Status.State, Status.Video, Status.Error));
    }

    private Task<JobOutcome> RunAsync() => _context.RunAsync(context => BatchItemOrchestrator.Run(context, ItemId));
}
