using Microsoft.Extensions.Logging;
using OviFunctions.Jobs;
using OviFunctions.Payments.Ledger;
using OviFunctions.Secrets;
using OviFunctions.Storage;

namespace OviFunctions.Activities;

/// <summary>What a callback proves of a submit whose answer was lost: the job exists, and the provider bills it.</summary>
public sealed partial class LostSubmits(IRecordStore records, ILedger ledger, ILogger<LostSubmits> logger)
{
    /// <summary>Records the cost of a job of which only its callback tells; other submits have recorded theirs.</summary>
    /// <param name="address">The submit.</param>
    /// <param name="isTooLate">Whether the attempt has ended: then nobody takes the video, and the operator is told.</param>
    /// <param name="cancellationToken">Ends it; it can be run again.</param>
    public async Task FoundAsync(CallbackAddress address, bool isTooLate, CancellationToken cancellationToken)
    {
        var line = await records.ReadAsync<SubmitIntent>(RecordNames.Submit(address.JobId, address.Lane, address.Submit), cancellationToken);
        if (line?.Value is not { Step: null or { State: SubmitState.Ambiguous } } intent) return;
        await ledger.RecordAsync(intent.CostEntry(address.JobId, address.Lane, address.Submit), cancellationToken);
        if (isTooLate) FoundTooLate(logger, address.JobId, address.Lane, address.Submit, intent.Provider, intent.CostUsd);
    }

    [LoggerMessage(2106, LogLevel.Warning,
        "Submit {Submit} of lane {Lane} of job {JobId}, whose answer was lost, did make a job at {Provider}, which bills {CostUsd} dollars: its callback came after the attempt had ended, and its video is not used.")]
    private static partial void FoundTooLate(ILogger logger, string jobId, int lane, int submit, string provider, decimal costUsd);
}
