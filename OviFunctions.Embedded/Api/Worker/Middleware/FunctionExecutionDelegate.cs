namespace Microsoft.Azure.Functions.Worker.Middleware;

/// <summary>The rest of a function's execution.</summary>
public delegate Task FunctionExecutionDelegate(FunctionContext context);
