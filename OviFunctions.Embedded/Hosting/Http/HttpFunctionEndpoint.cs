using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Abstractions;
using Microsoft.AspNetCore.Routing;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging;
using OviFunctions.Embedded.Hosting.Configuration;
using OviFunctions.Embedded.Hosting.Discovery;
using OviFunctions.Embedded.Hosting.Invocation;

namespace OviFunctions.Embedded.Hosting.Http;

/// <summary>Answers requests with a function: binds, runs, writes the result.</summary>
internal sealed partial class HttpFunctionEndpoint(
    FunctionPipeline pipeline, HostSettings host, TimeProvider time, ILogger<HttpFunctionEndpoint> logger)
{
    private static readonly ActionDescriptor s_action = new();

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
        catch (Exception) when (http.RequestAborted.IsCancellationRequested)
        {
            LogClientLeft(logger, function.Name);
        }
        catch (BadHttpRequestException e)
        {
            // The client's fault: a body that is too long, cut off or malformed, or a route value of the wrong type.
            LogBadRequest(logger, function.Name, e.StatusCode, e.Message);
            await FailAsync(http, e.StatusCode);
        }
#pragma warning disable CA1031 // Whatever a function throws is a 500.
        catch (Exception e)
#pragma warning restore CA1031
        {
            LogFailed(logger, e, function.Name);
            await FailAsync(http, StatusCodes.Status500InternalServerError);
        }
    }

    private static async Task WriteAsync(object? result, HttpContext http)
    {
        switch (result)
        {
            case IActionResult action:
                await action.ExecuteResultAsync(new ActionContext(http, http.GetRouteData(), s_action));
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
        await Results.Problem(statusCode: status).ExecuteAsync(http);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Function {Function} failed.")]
    private static partial void LogFailed(ILogger logger, Exception exception, string function);

    [LoggerMessage(Level = LogLevel.Information, Message = "Function {Function} answered {Status}: {Reason}")]
    private static partial void LogBadRequest(ILogger logger, string function, int status, string reason);

    [LoggerMessage(Level = LogLevel.Debug, Message = "The client of function {Function} left before the answer.")]
    private static partial void LogClientLeft(ILogger logger, string function);
}
