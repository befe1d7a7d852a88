using OviFunctions.Activities;
using OviFunctions.Hosting;
using OviFunctions.Jobs;
using OviFunctions.Jobs.Batches;
using OviFunctions.Orchestrations;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Orchestrations.Embedded;

/// <summary>A batch on a <see cref="PlayedGateway"/>; its items and outcomes are kept as they are in reality.</summary>
internal static class PlayedBatch
{
    public static async Task<PlayedGateway> StartBatchAsync(this PlayedGateway gateway, VideoJobInput batch, params VideoJobInput[] items)
    {
        var records = new MemoryRecordStore();
        var (store, outcomes) = (new BatchItems(records), OutcomeRecording.OfBatches(records, gateway.Time));
        gateway.Host
            .Activity<string, PreparedImage>(nameof(PrepareItem), _ => OrchestrationSamples.Image)
            .Activity<string, VideoJobInput>(nameof(ReadItem), (id, cancellation) => store.ReadOrderAsync(id, cancellation))
            .Activity<OutcomeRecord, OutcomeRecord>(nameof(RecordItemOutcome), outcomes.RecordItemAsync)
            .Activity<CloseBatchInput, OutcomeRecord>(nameof(CloseBatch), (close, cancellation) =>
                outcomes.CloseAsync(close.Batch, close.At, close.Undelivered, close.Transaction, cancellation));
        await store.WriteAsync(batch, new BatchRecord(items), default);
        await records.TryCreateAsync(RecordNames.Claim(batch.JobId), JobSamples.ClaimOf(batch), default);
        await gateway.Host.StartAsync();
        await gateway.Host.Client.TryStartAsync(nameof(BatchOrchestrator), batch.JobId, batch, default);
        return gateway;
    }
}
