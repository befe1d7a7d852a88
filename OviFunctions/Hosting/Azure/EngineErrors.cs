using DurableTask.Core.Exceptions;
using Grpc.Core;

namespace OviFunctions.Hosting;

/// <summary>The Functions host's exceptions: it answers the worker over gRPC, with the reason in the status code.</summary>
internal static class EngineErrors
{
    public static EngineError Classify(Exception exception) => exception switch
    {
        OrchestrationAlreadyExistsException => EngineError.Exists,
        RpcException { StatusCode: StatusCode.AlreadyExists } => EngineError.Exists,
        RpcException { StatusCode: StatusCode.NotFound or StatusCode.InvalidArgument } => EngineError.Unknown,
        RpcException { StatusCode: StatusCode.FailedPrecondition } => EngineError.Finished,
        // The host rethrows ArgumentException (unknown) and InvalidOperationException (finished) as Unknown with their text.
        RpcException { StatusCode: StatusCode.Unknown } e when e.Status.Detail.Contains("No instance with ID", StringComparison.OrdinalIgnoreCase) => EngineError.Unknown,
        RpcException { StatusCode: StatusCode.Unknown } e when e.Status.Detail.Contains("Cannot raise event", StringComparison.OrdinalIgnoreCase) => EngineError.Finished,
        ArgumentException => EngineError.Unknown,
        InvalidOperationException => EngineError.Finished,
        _ => EngineError.Other,
    };
}
