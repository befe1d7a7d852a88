using OviFunctions.Storage;

namespace OviFunctions.Jobs.Batches;

/// <summary>A batch's items: each is the input of one video, whose id is the item's. The batch's payment is not in them.</summary>
public sealed record BatchRecord(IReadOnlyList<VideoJobInput> Items);

/// <summary>
/// Where the items of a batch lie. Twenty long prompts do not fit into an orchestration's input, so they are a record of their own:
/// written before the claim, never changed, and named by the request's fingerprint, so that the claim says which items are meant
/// even when two requests came with one payment.
/// </summary>
public sealed class BatchItems(IRecordStore records)
{
    /// <summary>Writes a batch's items. Those of an earlier run of the same order stay: seeds and plans are made anew in each.</summary>
    public Task WriteAsync(VideoJobInput batch, BatchRecord items, CancellationToken cancellationToken) =>
        records.TryCreateAsync(RecordNames.BatchItems(batch.JobId, batch.Fingerprint), items, cancellationToken);

    /// <summary>The items of a batch.</summary>
    public async Task<IReadOnlyList<VideoJobInput>> ReadAsync(VideoJobInput batch, CancellationToken cancellationToken) =>
        (await records.ReadAsync<BatchRecord>(RecordNames.BatchItems(batch.JobId, batch.Fingerprint), cancellationToken))?.Value.Items
        ?? throw new InvalidDataException($"The batch {batch.JobId} has no items.");

    /// <summary>What was ordered under the id of a job or of a batch's item, and what pays for it.</summary>
    public async Task<VideoJobInput> ReadOrderAsync(string id, CancellationToken cancellationToken)
    {
        var isItem = JobIdentity.IsItemId(id);
        var claim = await records.ReadAsync<Claim>(RecordNames.Claim(isItem ? JobIdentity.BatchOf(id) : id), cancellationToken)
            ?? throw new InvalidOperationException($"Job {id} runs and has no claim.");
        if (!isItem) return claim.Value.Input;
        var items = await ReadAsync(claim.Value.Input, cancellationToken);
        return items[JobIdentity.IndexOf(id)] with { Payment = claim.Value.Input.Payment };
    }
}
