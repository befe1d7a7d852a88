using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Abstractions;
using Microsoft.AspNetCore.Routing;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging;
using OviFunctions.Embedded.Hosting.Configuration;
using OviFunctions.Embedded.Hosting.Discovery;
using OviFunctions.Embedded.Hosting.Invocation;
using OviFunctions.Embedded.Store;

namespace OviFunctions.Embedded.Hosting.Http;

/// <summary>Answers requests with a function: binds, runs, writes the result.</summary>
internal sealed partial class HttpFunctionEndpoint(
    FunctionPipeline pipeline, HostSettings host, TimeProvider time, ILogger<HttpFunctionEndpoint> logger)
{
    private static readonly ActionDescriptor NoAction = new();

    public async Task InvokeAsync(HttpFunction function, HttpContext http)
    {
        using var timeout = new FunctionTimeout(host.FunctionTimeout, time, http.RequestAborted);
        var context = new InvocationContext(
            function.Code, http.Request, http.Request.RouteValues, http.RequestServices, timeout.Token)
        {
            Items = { [FunctionContextExtensions.HttpContextKey] = http },
        };

        try
        {
            await WriteAsync(await pipeline.RunAsync(context), http);
        }
        catch (Exception e) when (http.RequestAborted.IsCancellationRequested && e is OperationCanceledException or IOException)
        {
            LogClientLeft(function.Name);
        }
        catch (BadHttpRequestException e)
        {
            // The client's fault: a body that is too long, cut off or malformed, or a route value of the wrong type.
            LogBadRequest(function.Name, e.StatusCode, e.Message);
            await FailAsync(http, e.StatusCode);
        }
        catch (IOException e) when (e is InstanceStoreException or IntakeRefusedException)
        {
            LogUnavailable(function.Name, e.Message);
            await FailAsync(http, StatusCodes.Status503ServiceUnavailable);
        }
#pragma warning disable CA1031 // Whatever a function throws is a 500.
        catch (Exception e)
#pragma warning restore CA1031
        {
            LogFailed(e, function.Name);
            await FailAsync(http, StatusCodes.Status500InternalServerError);
        }
    }

    private static async Task WriteAsync(object? result, HttpContext http)
    {
        switch (result)
        {
            case IActionResult action:
                await action.ExecuteResultAsync(new ActionContext(http, http.GetRouteData(), NoAction));
                break;
            case IResult other:
                await other.ExecuteAsync(http);
                break;
            case null when http.Response is { HasStarted: false, StatusCode: StatusCodes.Status200OK, BodyWriter.UnflushedBytes: 0 }:
                // The function wrote nothing itself.
                http.Response.StatusCode = StatusCodes.Status204NoContent;
                break;
        }
    }

    /// <summary>A problem (RFC 9457) that says nothing but the status; a response that has begun is cut off instead.</summary>
    private static async Task FailAsync(HttpContext http, int status)
    {
        if (http.Response.HasStarted)
        {
            http.Abort();
            return;
        }

        http.Response.Clear();
        if (status == StatusCodes.Status503ServiceUnavailable) http.Response.Headers.RetryAfter = "1";
        await Results.Problem(statusCode: status).ExecuteAsync(http);
    }

    [LoggerMessage(1, LogLevel.Error, "Function {Function} failed.")]
    private partial void LogFailed(Exception exception, string function);

    [LoggerMessage(2, LogLevel.Information, "Function {Function} answered {Status}: {Reason}")]
    private partial void LogBadRequest(string function, int status, string reason);

    [LoggerMessage(4, LogLevel.Error, "Function {Function} answered 503: {Reason}")]
    private partial void LogUnavailable(string function, string reason);

    [LoggerMessage(3, LogLevel.Debug, "The client of function {Function} left before the answer.")]
    private partial void LogClientLeft(string function);
}
