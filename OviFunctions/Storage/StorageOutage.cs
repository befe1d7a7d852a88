using Azure;

namespace OviFunctions.Storage;

/// <summary>
/// Exceptions that say that storage does not work: of the records' one for a single failed try and another for several, and of the
/// engine's that of the embedded host.
/// </summary>
internal static class StorageOutage
{
    public static bool Is(Exception exception) => exception switch
    {
        RequestFailedException or IOException => true,
        // The SDK's retry policy gathers what each of its tries threw.
        AggregateException tries => tries.InnerExceptions.All(e => e is RequestFailedException or OperationCanceledException or IOException),
        _ => false,
    };
}
