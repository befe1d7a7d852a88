using Microsoft.Azure.Functions.Worker;
using OviFunctions.Jobs.Batches;

namespace OviFunctions.Activities;

/// <summary>Records the outcome of a batch's item before it takes effect. The first record stands; a later one is answered with it.</summary>
public sealed class RecordItemOutcome(BatchOutcomes outcomes)
{
    [Function(nameof(RecordItemOutcome))]
    public Task<OutcomeRecord> Run([ActivityTrigger] OutcomeRecord outcome, CancellationToken cancellationToken) =>
        outcomes.RecordItemAsync(outcome, cancellationToken);
}
