using DurableTask.Core.Exceptions;

namespace OviFunctions.Hosting;

/// <summary>The embedded engine's exceptions.</summary>
internal static class EngineErrors
{
    public static EngineError Classify(Exception exception) => exception switch
    {
        OrchestrationAlreadyExistsException => EngineError.Exists,
        ArgumentException => EngineError.Unknown,
        InvalidOperationException => EngineError.Finished,
        _ => EngineError.Other,
    };
}
