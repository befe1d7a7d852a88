using OviFunctions.Jobs;
using OviFunctions.Payments.Evm;
using OviFunctions.Storage;

namespace OviFunctions.OnDelivery;

/// <summary>What a job's payer owes until it is settled.</summary>
/// <param name="Until">When the authorization ends; it cannot be settled any more then, so it is no exposure.</param>
public sealed record OpenDelivery(string JobId, string Payer, long AmountAtomic, DateTimeOffset Until);

/// <summary>What all payers owe. The caps keep it small.</summary>
public sealed record OpenDeliveries(IReadOnlyList<OpenDelivery> Jobs);

/// <summary>The jobs for which providers are paid before we are: their value is capped, per payer and in all, for all machines.</summary>
public sealed class Exposure(IRecordStore records, TimeProvider clock)
{
    private readonly SharedRecord<OpenDeliveries> _open = new(records, clock, RecordNames.Exposure, new OpenDeliveries([]));

    /// <summary>Adds a job if both caps allow it; one that was added before stays.</summary>
    public async Task<bool> TryAddAsync(OpenDelivery job, long payerCap, long totalCap, CancellationToken cancellationToken)
    {
        try
        {
            var (open, _) = await _open.UpdateAsync(
                now =>
                {
                    var jobs = now.Jobs.Where(it => it.Until > clock.GetUtcNow()).ToList();
                    if (jobs.Any(it => it.JobId == job.JobId)) return null;
                    var ofPayer = jobs.Where(it => it.Payer == job.Payer).Sum(it => it.AmountAtomic);
                    return ofPayer + job.AmountAtomic <= payerCap && jobs.Sum(it => it.AmountAtomic) + job.AmountAtomic <= totalCap
                        ? new OpenDeliveries([.. jobs, job])
                        : null;
                },
                cancellationToken);
            return open.Jobs.Any(it => it.JobId == job.JobId);
        }
        catch (SharedRecordBusyException)
        {
            return false; // then it is settled first, as ever
        }
    }

    public Task RemoveAsync(string jobId, CancellationToken cancellationToken) => _open.UpdateAsync(
        now => now.Jobs.Any(it => it.JobId == jobId) ? new OpenDeliveries([.. now.Jobs.Where(it => it.JobId != jobId)]) : null, cancellationToken);
}

/// <summary>Videos that a payer had made and did not pay: while there are some, he is served only against payment.</summary>
public sealed record Debts(IReadOnlyList<string> JobIds);

/// <summary>Who owes a video.</summary>
public sealed class Debtors(IRecordStore records, TimeProvider clock)
{
    public async Task<bool> OwesAsync(EvmAddress payer, CancellationToken cancellationToken) =>
        (await Of(payer).ReadAsync(cancellationToken)).JobIds.Count > 0;

    public Task AddAsync(EvmAddress payer, string jobId, CancellationToken cancellationToken) => Of(payer).UpdateAsync(
        now => now.JobIds.Contains(jobId) ? null : new Debts([.. now.JobIds, jobId]), cancellationToken);

    public Task RemoveAsync(EvmAddress payer, string jobId, CancellationToken cancellationToken) => Of(payer).UpdateAsync(
        now => now.JobIds.Contains(jobId) ? new Debts([.. now.JobIds.Where(id => id != jobId)]) : null, cancellationToken);

    private SharedRecord<Debts> Of(EvmAddress payer) => new(records, clock, RecordNames.Debts(payer), new Debts([]));
}
