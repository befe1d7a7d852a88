using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Middleware;

namespace OviFunctions.Embedded.Hosting.Invocation;

/// <summary>Runs functions inside the app's middleware, the first one added outermost.</summary>
internal sealed class FunctionPipeline(IEnumerable<Func<FunctionExecutionDelegate, FunctionExecutionDelegate>> middleware)
{
    private readonly FunctionExecutionDelegate _pipeline =
        middleware.Reverse().Aggregate<Func<FunctionExecutionDelegate, FunctionExecutionDelegate>, FunctionExecutionDelegate>(
            RunFunctionAsync, (next, wrap) => wrap(next));

    /// <summary>What the function returned; null also when a middleware did not let it run.</summary>
    public async Task<object?> RunAsync(InvocationContext context)
    {
        await _pipeline(context);
        return context.Result;
    }

    private static async Task RunFunctionAsync(FunctionContext context)
    {
        var invocation = (InvocationContext)context;
        invocation.Result = await invocation.Code.RunAsync(invocation);
    }
}
