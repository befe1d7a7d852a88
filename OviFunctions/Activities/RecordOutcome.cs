using Microsoft.Azure.Functions.Worker;
using OviFunctions.Jobs;
using OviFunctions.Sales;
using OviFunctions.Storage;

namespace OviFunctions.Activities;

/// <summary>The one outcome of a job; kept longer than its orchestration, and the authority for who may see the video.</summary>
/// <param name="Payer">Whom the money belongs to when it has to go back; null for an API key.</param>
/// <param name="AmountAtomic">What was paid, in atomic units.</param>
/// <param name="Transaction">The settlement.</param>
public sealed record OutcomeRecord(
    string JobId,
    JobOutcome Outcome,
    DateTimeOffset At,
    VideoAsset? Video,
    JobError? Error,
    string? Payer,
    long AmountAtomic,
    string? Transaction);

/// <summary>Records the outcome before it takes effect. The first record stands; a later one is answered with it.</summary>
public sealed class RecordOutcome(IRecordStore records, SpendBrake brake)
{
    [Function(nameof(RecordOutcome))]
    public async Task<OutcomeRecord> Run([ActivityTrigger] OutcomeRecord outcome, CancellationToken cancellationToken)
    {
        var recorded = await RecordAsync(outcome, cancellationToken);
        await brake.CountAsync(recorded, cancellationToken);
        return recorded;
    }

    private async Task<OutcomeRecord> RecordAsync(OutcomeRecord outcome, CancellationToken cancellationToken)
    {
        var name = RecordNames.Outcome(outcome.JobId);
        if (await records.TryCreateAsync(name, outcome, cancellationToken)) return outcome;
        return (await records.ReadAsync<OutcomeRecord>(name, cancellationToken))?.Value
            ?? throw new InvalidOperationException($"The outcome of {outcome.JobId} was there and is gone.");
    }
}
