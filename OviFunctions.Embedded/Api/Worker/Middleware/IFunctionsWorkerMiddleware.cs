namespace Microsoft.Azure.Functions.Worker.Middleware;

/// <summary>Runs around every function, each turn of an orchestrator included.</summary>
public interface IFunctionsWorkerMiddleware
{
    Task Invoke(FunctionContext context, FunctionExecutionDelegate next);
}
