using System.Text.Json.Serialization;
using Microsoft.Azure.Functions.Worker;
using OviFunctions.Jobs;
using OviFunctions.Jobs.Batches;
using OviFunctions.Payments.Refunds;
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
    string? Transaction)
{
    /// <summary>What became of a batch's videos; null when none was begun, and for one video.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public BatchResult? Batch { get; init; }
}

/// <summary>Records the outcome before it takes effect. The first record stands; a later one is answered with it.</summary>
public sealed class RecordOutcome(IRecordStore records, RefundReserve reserve, SpendBrake brake)
{
    [Function(nameof(RecordOutcome))]
    public async Task<OutcomeRecord> Run([ActivityTrigger] OutcomeRecord outcome, CancellationToken cancellationToken)
    {
        var standing = await RecordAsync(outcome, cancellationToken);
        await brake.CountAsync(standing, cancellationToken);
        // What is due back stays held until it is back.
        if (standing is { Payer: not null, Outcome: not JobOutcome.RefundDue }) await reserve.ReleaseAsync(outcome.JobId, cancellationToken);
        return standing;
    }

    private async Task<OutcomeRecord> RecordAsync(OutcomeRecord outcome, CancellationToken cancellationToken)
    {
        var name = RecordNames.Outcome(outcome.JobId);
        var standing = await records.TryCreateAsync(name, outcome, cancellationToken)
            ? outcome
            : (await records.ReadAsync<OutcomeRecord>(name, cancellationToken))?.Value
                ?? throw new InvalidOperationException($"The outcome of {outcome.JobId} was there and is gone.");
        // The money stays. With any other outcome it may still come, or has to go back.
        if (standing is { Outcome: JobOutcome.Delivered, Payer: not null })
            await records.DeleteAsync(RecordNames.Unsettled(outcome.JobId), cancellationToken);
        return standing;
    }
}
