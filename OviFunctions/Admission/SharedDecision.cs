using OviFunctions.Http;
using OviFunctions.Storage;

namespace OviFunctions.Admission;

/// <summary>What was decided on a record: a change of it, or a refusal.</summary>
internal readonly record struct Decision<T>(T? Change, AdmissionResult.Refused? Refusal) where T : class
{
    public static implicit operator Decision<T>(T change) => new(change, null);

    public static implicit operator Decision<T>(AdmissionResult.Refused refusal) => new(null, refusal);
}

/// <summary>
/// A decision about money that all machines share: it counts only if the record on which it was made still stands when it is
/// written. Nobody is let through because there was a crowd.
/// </summary>
internal static class SharedDecision
{
    private const int MaxRounds = 8;

    /// <param name="records">Where the record is.</param>
    /// <param name="name">Its name.</param>
    /// <param name="empty">What it says when it was never written.</param>
    /// <param name="decide">The decision on a record; neither change nor refusal when it has been made before. It may be called several times.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Whether the change was written by this call, or the refusal; neither when none is needed.</returns>
    public static async Task<(bool Changed, AdmissionResult.Refused? Refusal)> MakeAsync<T>(
        IRecordStore records, string name, T empty, Func<T, Task<Decision<T>>> decide, CancellationToken cancellationToken) where T : class
    {
        AdmissionResult.Refused? refusal = null;
        var (_, end) = await records.ChangeAsync(name, empty, MaxRounds, DecideAsync, cancellationToken);
        return (end == ChangeEnd.Written, end == ChangeEnd.Crowded ? new AdmissionResult.Refused(Crowded) : refusal);

        async Task<T?> DecideAsync(T standing)
        {
            (var change, refusal) = await decide(standing);
            return change;
        }
    }

    private static Problem Crowded { get; } = new(503, "admission_busy", "Too many orders of one buyer came at once.",
        "It could not be told whether one more may be taken. Nothing was charged; send the identical request again.")
    {
        RetryAction = RetryAction.RetrySamePayment, PaymentState = PaymentState.Unused, RetryAfterSeconds = 1,
    };
}
