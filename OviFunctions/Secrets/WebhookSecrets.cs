using OviFunctions.Jobs;
using OviFunctions.Storage;
using OviFunctions.Webhooks;

namespace OviFunctions.Secrets;

/// <summary>Which of a job's webhook secrets is in force. Written when the first one is replaced.</summary>
/// <param name="KeyId">The server key of it.</param>
/// <param name="Generation">0 for the one that came with the job.</param>
internal sealed record WebhookSecretRecord(string KeyId, int Generation);

/// <summary>
/// The secrets that sign jobs' webhooks. A buyer who lost one gets another; from then on it alone signs, also what is already
/// on its way.
/// </summary>
public sealed class WebhookSecrets(IRecordStore records, JobSecrets secrets, KeyRing ring, TimeProvider clock)
{
    /// <summary>The secret in force; null when its server key is not in the ring any more.</summary>
    /// <param name="keyId">The job's server key.</param>
    /// <param name="jobId">The job.</param>
    /// <param name="cancellationToken">Ends the read.</param>
    public async Task<WebhookSecret?> FindAsync(string keyId, string jobId, CancellationToken cancellationToken)
    {
        var rotated = await records.ReadAsync<WebhookSecretRecord>(RecordNames.WebhookSecret(jobId), cancellationToken);
        var (current, generation) = rotated?.Value ?? new WebhookSecretRecord(keyId, Generation: 0);
        return ring.Knows(current) ? secrets.WebhookSecret(current, jobId, generation) : null;
    }

    /// <summary>Replaces a job's secret by a new one, under the current server key.</summary>
    public async Task<WebhookSecret> RotateAsync(string jobId, CancellationToken cancellationToken)
    {
        var first = new WebhookSecretRecord(ring.CurrentKeyId, Generation: 0);
        var record = new SharedRecord<WebhookSecretRecord>(records, clock, RecordNames.WebhookSecret(jobId), first);
        var (now, _) = await record.UpdateAsync(
            current => new WebhookSecretRecord(ring.CurrentKeyId, current.Generation + 1), cancellationToken);
        return secrets.WebhookSecret(now.KeyId, jobId, now.Generation);
    }
}
