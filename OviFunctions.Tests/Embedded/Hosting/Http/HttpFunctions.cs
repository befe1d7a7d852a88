#pragma warning disable CA1822 // Functions as apps have them: instance methods, whatever they do.
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.DependencyInjection;

namespace OviFunctions.Tests.Embedded.Hosting.Http;

/// <summary>What tests wait for.</summary>
internal sealed class InvocationProbe
{
    public TaskCompletionSource Entered { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public TaskCompletionSource Leave { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public TaskCompletionSource Cancelled { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public TaskCompletionSource InstanceDisposed { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public TaskCompletionSource ScopeDisposed { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
}

internal sealed class HttpFunctions(InvocationProbe probe)
{
    [Function("Text")]
    public IResult Text([HttpTrigger("get", "post", Route = "text/{value}")] HttpRequest request, string value) => Results.Text(value);

    [Function("Int")]
    public IResult Int([HttpTrigger("get", Route = "int/{value}")] HttpRequest request, int value) => Results.Text($"{value}");

    [Function("Long")]
    public IResult Long([HttpTrigger("get", Route = "long/{value}")] HttpRequest request, long value) => Results.Text($"{value}");

    [Function("Guid")]
    public IResult Id([HttpTrigger("get", Route = "guid/{value}")] HttpRequest request, Guid value) => Results.Text($"{value}");

    [Function("Bool")]
    public IResult Flag([HttpTrigger("get", Route = "bool/{value}")] HttpRequest request, bool value) => Results.Text($"{value}");

    [Function("Optional")]
    public IResult Optional([HttpTrigger("get", Route = "optional/{value?}")] HttpRequest request, int? value) =>
        Results.Text(value?.ToString() ?? "none");

    [Function("Default")]
    public IResult Default([HttpTrigger("get", Route = "default/{value?}")] HttpRequest request, int value = 42) => Results.Text($"{value}");

    [Function("Unrouted")]
    public IResult Unrouted([HttpTrigger(AuthorizationLevel.Anonymous)] HttpRequest request) => Results.Text("by name");

    [Function("Action")]
    public IActionResult Action([HttpTrigger("get", Route = "returns/action")] HttpRequest request) =>
        new CreatedResult("/x", new { Name = "x", Value = 1 });

    [Function("ActionTask")]
    public async Task<StatusCodeResult> ActionTask([HttpTrigger("get", Route = "returns/action-task")] HttpRequest request)
    {
        await Task.Yield();
        return new StatusCodeResult(StatusCodes.Status202Accepted);
    }

    [Function("Result")]
    public Task<IResult> Result([HttpTrigger("get", Route = "returns/result")] HttpRequest request) =>
        Task.FromResult(Results.Json(new { Name = "x", Value = 1 }));

    [Function("ResultValueTask")]
    public ValueTask<IResult> ResultValueTask([HttpTrigger("get", Route = "returns/result-valuetask")] HttpRequest request) =>
        new(Results.NotFound());

    [Function("Static")]
    public static IResult Static([HttpTrigger("get", Route = "returns/static")] HttpRequest request) => Results.Text("static");

    [Function("Void")]
    public void Void([HttpTrigger("get", Route = "returns/void")] HttpRequest request) { }

    [Function("Task")]
    public async Task TaskOnly([HttpTrigger("get", Route = "returns/task")] HttpRequest request) => await Task.Yield();

    [Function("Null")]
    public IResult? Null([HttpTrigger("get", Route = "returns/null")] HttpRequest request) => null;

    [Function("Status")]
    public void Status([HttpTrigger("get", Route = "returns/status")] HttpRequest request) => request.HttpContext.Response.StatusCode = 202;

    [Function("Written")]
    public Task Written([HttpTrigger("get", Route = "returns/written")] HttpRequest request) => request.HttpContext.Response.WriteAsync("written");

    [Function("WrittenBuffered")]
    public void WrittenBuffered([HttpTrigger("get", Route = "returns/written-buffered")] HttpRequest request)
    {
        var writer = request.HttpContext.Response.BodyWriter;
        writer.Advance(Encoding.UTF8.GetBytes("buffered", writer.GetSpan(8)));
    }

    [Function("Throws")]
    public Task Throws([HttpTrigger("get", Route = "throws")] HttpRequest request) => throw new InvalidOperationException("secret");

    [Function("ThrowsLate")]
    public async Task ThrowsLate([HttpTrigger("get", Route = "throws-late")] HttpRequest request)
    {
        await request.HttpContext.Response.WriteAsync("a part");
        throw new InvalidOperationException("secret");
    }

    [Function("Length")]
    public async Task<IResult> Length([HttpTrigger("post", Route = "length")] HttpRequest request, CancellationToken cancellationToken)
    {
        using var content = new MemoryStream();
        await request.Body.CopyToAsync(content, cancellationToken);
        return Results.Text($"{content.Length}");
    }

    [Function("Waits")]
    public async Task<IResult> Waits([HttpTrigger("post", Route = "waits")] HttpRequest request, CancellationToken cancellationToken)
    {
        probe.Entered.SetResult();
        try
        {
            await probe.Leave.Task.WaitAsync(cancellationToken);
            return Results.Text("waited");
        }
        catch (OperationCanceledException)
        {
            probe.Cancelled.SetResult();
            throw;
        }
    }

    [Function("WaitsAndFails")]
    public async Task WaitsAndFails([HttpTrigger("post", Route = "waits-and-fails")] HttpRequest request, CancellationToken cancellationToken)
    {
        probe.Entered.SetResult();
        await probe.Leave.Task.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        throw new InvalidOperationException("secret");
    }
}

internal sealed class ScopedService(InvocationProbe probe) : IDisposable
{
    private static int _count;

    public int Number { get; } = Interlocked.Increment(ref _count);

    public void Dispose() => probe.ScopeDisposed.TrySetResult();
}

internal sealed class ScopeFunctions(ScopedService scoped, InvocationProbe probe) : IAsyncDisposable
{
    [Function("Scope")]
    public IResult Scope([HttpTrigger("get", Route = "scope")] HttpRequest request, FunctionContext context) => Results.Json(new
    {
        Scoped = $"{scoped.Number}",
        SameScope = context.InstanceServices.GetRequiredService<ScopedService>() == scoped
            && request.HttpContext.RequestServices.GetRequiredService<ScopedService>() == scoped,
        Invocation = context.InvocationId,
    });

    [Function("Context")]
    public IResult Context([HttpTrigger("get", Route = "context/{id}")] HttpRequest request, FunctionContext context) => Results.Json(new
    {
        context.FunctionDefinition.Name,
        context.FunctionDefinition.EntryPoint,
        Binding = context.FunctionDefinition.InputBindings["request"].Type,
        Id = context.BindingContext.BindingData["id"],
        SameRequest = context.GetHttpContext()?.Request == request,
    });

    public ValueTask DisposeAsync()
    {
        probe.InstanceDisposed.TrySetResult();
        return ValueTask.CompletedTask;
    }
}
