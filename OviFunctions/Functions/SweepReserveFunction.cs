using System.Security.Cryptography;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging;
using OviFunctions.Activities;
using OviFunctions.Jobs;
using OviFunctions.Payments.Refunds;
using OviFunctions.Storage;

namespace OviFunctions.Functions;

/// <summary>Lets go of money that a crash left held: of orders that were never claimed, and of jobs whose money is decided.</summary>
public sealed partial class SweepReserveFunction(RefundReserve reserve, IRecordStore records, TimeProvider clock, ILogger<SweepReserveFunction> logger)
{
    /// <summary>Longer than any admission takes from holding the money to its claim.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromMinutes(10);

    /// <summary>Each time, drawn by lot: refunds that wait for days must not hide what was forgotten since.</summary>
    private const int MostLookedAt = 200;

    [Function("SweepReserve")]
    public async Task RunAsync([TimerTrigger("30 */5 * * * *")] TimerInfo timer, CancellationToken cancellationToken)
    {
        var before = clock.GetUtcNow() - Grace;
        var old = (await reserve.ReadAsync(cancellationToken)).Jobs.Where(held => held.Value.Since < before).Select(held => held.Key).ToArray();
        RandomNumberGenerator.Shuffle(old.AsSpan());
        var decided = new List<string>();
        foreach (var jobId in old.Take(MostLookedAt))
        {
            if (await IsDecidedAsync(jobId, cancellationToken)) decided.Add(jobId);
        }

        if (decided.Count == 0) return;
        await reserve.ReleaseAsync(decided, cancellationToken);
        Released(logger, decided.Count);
    }

    private async Task<bool> IsDecidedAsync(string jobId, CancellationToken cancellationToken)
    {
        if (await records.ReadAsync<RefundRecord>(RecordNames.Refund(jobId), cancellationToken) is { } refund)
            return refund.Value.State != RefundState.Pending;
        if (await records.ReadAsync<OutcomeRecord>(RecordNames.Outcome(jobId), cancellationToken) is { } outcome)
            return outcome.Value.Outcome != JobOutcome.RefundDue;
        return await records.ReadAsync<Claim>(RecordNames.Claim(jobId), cancellationToken) is not { Value.SupersededBy: null };
    }

    [LoggerMessage(1321, LogLevel.Warning, "The refund money of {Count} jobs was held although it is decided; it is free again.")]
    private static partial void Released(ILogger logger, int count);
}
