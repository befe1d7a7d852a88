using OviFunctions.Activities;
using OviFunctions.Sales;
using OviFunctions.Storage;

namespace OviFunctions.Jobs.Batches;

/// <summary>
/// The outcomes of a batch: one record an item, written before it takes effect and never changed; then that of the batch, which is
/// their sum. So the orchestration and <see cref="MoneySweep"/>, whoever comes first, give back the same.
/// </summary>
public sealed class BatchOutcomes(IRecordStore records, BatchItems items, RecordOutcome recordOutcome, SpendBrake brake)
{
    /// <summary>Records the outcome of an item. The first record stands; a later one is answered with it.</summary>
    public async Task<OutcomeRecord> RecordItemAsync(OutcomeRecord outcome, CancellationToken cancellationToken)
    {
        var name = RecordNames.ItemOutcome(outcome.JobId);
        var standing = await records.TryCreateAsync(name, outcome, cancellationToken)
            ? outcome
            : await FindItemAsync(outcome.JobId, cancellationToken) ?? throw new InvalidOperationException($"The outcome of {outcome.JobId} was there and is gone.");
        await brake.CountAsync(standing, cancellationToken);
        return standing;
    }

    /// <summary>The outcome of an item; null while there is none.</summary>
    public async Task<OutcomeRecord?> FindItemAsync(string itemId, CancellationToken cancellationToken) =>
        (await records.ReadAsync<OutcomeRecord>(RecordNames.ItemOutcome(itemId), cancellationToken))?.Value;

    /// <summary>Ends a batch whose money is there, or that needs none: items that have no outcome get one, and the sum is recorded.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="at">When it ended.</param>
    /// <param name="undelivered">Why an item without an outcome is not delivered.</param>
    /// <param name="transaction">What paid it; null for an API key.</param>
    /// <param name="cancellationToken">Ends it; it can be run again.</param>
    /// <returns>The outcome of the batch that stands.</returns>
    public async Task<OutcomeRecord> CloseAsync(
        VideoJobInput batch, DateTimeOffset at, JobError undelivered, string? transaction, CancellationToken cancellationToken)
    {
        var (delivered, due) = (0, 0L);
        var errors = new List<JobError?>();
        foreach (var item in await items.ReadAsync(batch, cancellationToken))
        {
            var outcome = await FindItemAsync(item.JobId, cancellationToken)
                ?? await RecordItemAsync(NotDelivered(item, at, undelivered), cancellationToken);
            if (outcome.Outcome == JobOutcome.Delivered)
            {
                delivered++;
                continue;
            }

            errors.Add(outcome.Error);
            due += DueBack(item, outcome);
        }

        return await recordOutcome.Run(
            new OutcomeRecord(
                batch.JobId, OutcomeOf(batch, delivered, due), at, Video: null, delivered > 0 ? null : JobErrors.FromItems(errors),
                batch.Payment?.Authorization.Transfer.From.ToString(), batch.PriceAtomic, transaction)
            {
                Batch = new BatchResult(delivered, errors.Count, due),
            },
            cancellationToken);
    }

    /// <summary>The outcome of an item that was not delivered. A wallet paid for it unless an API key ordered it.</summary>
    public static OutcomeRecord NotDelivered(VideoJobInput item, DateTimeOffset at, JobError? error) => new(
        item.JobId, item.ApiKeyId is null ? JobOutcome.RefundDue : JobOutcome.Unpaid, at, Video: null, error, Payer: null, item.PriceAtomic, Transaction: null);

    /// <summary>What is not kept of the price of an item that was not delivered.</summary>
    public static long DueBack(VideoJobInput item, OutcomeRecord outcome) =>
        outcome.Outcome == JobOutcome.RefundDue ? JobRefunds.AmountOf(item, outcome.Error) : item.PriceAtomic;

    private static JobOutcome OutcomeOf(VideoJobInput batch, int delivered, long due)
    {
        if (batch.Payment is null) return delivered > 0 ? JobOutcome.Delivered : JobOutcome.Unpaid;
        return delivered > 0 && due == 0 ? JobOutcome.Delivered : JobOutcome.RefundDue;
    }
}
