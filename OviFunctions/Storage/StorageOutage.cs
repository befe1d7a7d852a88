using Azure;

namespace OviFunctions.Storage;

/// <summary>Exceptions that say that storage does not work: one for a single failed try, another for several.</summary>
internal static class StorageOutage
{
    public static bool Is(Exception exception) => exception switch
    {
        RequestFailedException => true,
        // The SDK's retry policy gathers what each of its tries threw.
        AggregateException tries => tries.InnerExceptions.All(e => e is RequestFailedException or OperationCanceledException or IOException),
        _ => false,
    };
}
