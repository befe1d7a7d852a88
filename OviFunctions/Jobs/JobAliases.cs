using OviFunctions.Activities;
using OviFunctions.Storage;

namespace OviFunctions.Jobs;

/// <summary>
/// Which job an alias of a payment (Idempotency-Key, payment-identifier; hashed together with the payer) belongs to. A job
/// that ended without any money gives its aliases up: its buyer is told to sign anew, and may order under the same key.
/// </summary>
public sealed class JobAliases(IRecordStore records)
{
    /// <summary>The job that an alias belongs to; null when it is free.</summary>
    public async Task<string?> FindAsync(string alias, CancellationToken cancellationToken) =>
        await records.ReadAsync<AliasRecord>(RecordNames.Alias(alias), cancellationToken) is { Value.JobId: var holder }
        && !await EndedUnpaidAsync(holder, cancellationToken)
            ? holder
            : null;

    /// <summary>Takes an alias for a job.</summary>
    /// <returns>The job that has it now: this one, or an earlier one.</returns>
    public async Task<string> TakeAsync(string alias, string jobId, CancellationToken cancellationToken)
    {
        var name = RecordNames.Alias(alias);
        while (true)
        {
            if (await records.TryCreateAsync(name, new AliasRecord(jobId), cancellationToken)) return jobId;
            var found = await records.ReadAsync<AliasRecord>(name, cancellationToken)
                ?? throw new InvalidOperationException($"An alias of {jobId} was there and is gone.");
            if (found.Value.JobId == jobId || !await EndedUnpaidAsync(found.Value.JobId, cancellationToken)) return found.Value.JobId;
            if (await records.TryReplaceAsync(name, new AliasRecord(jobId), found.Version, cancellationToken)) return jobId;
        }
    }

    /// <summary>A cancelled job keeps its aliases: a late repeat of the order must not buy what its buyer has called off.</summary>
    private async Task<bool> EndedUnpaidAsync(string jobId, CancellationToken cancellationToken) =>
        await records.ReadAsync<OutcomeRecord>(RecordNames.Outcome(jobId), cancellationToken) is { Value: { Outcome: JobOutcome.Unpaid } outcome }
        && outcome.Error?.Code != JobErrors.Canceled.Code;
}
