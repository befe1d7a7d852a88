using Microsoft.Azure.Functions.Worker;
using OviFunctions.Jobs;
using OviFunctions.Jobs.Batches;

namespace OviFunctions.Activities;

/// <param name="Undelivered">Why an item that has no outcome is not delivered.</param>
/// <param name="Transaction">What paid the batch; null for an API key.</param>
public sealed record CloseBatchInput(VideoJobInput Batch, DateTimeOffset At, JobError Undelivered, string? Transaction);

/// <summary>Adds up the outcomes of a batch's items and records the sum as the outcome of the batch.</summary>
public sealed class CloseBatch(BatchOutcomes outcomes)
{
    [Function(nameof(CloseBatch))]
    public Task<OutcomeRecord> Run([ActivityTrigger] CloseBatchInput input, CancellationToken cancellationToken) =>
        outcomes.CloseAsync(input.Batch, input.At, input.Undelivered, input.Transaction, cancellationToken);
}
