using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace OviFunctions.Embedded.Hosting.Http;

/// <summary>
/// Lets requests in while the whole host runs. The port is bound before the engine starts (so that a second process
/// fails before it touches the database) and is still open while requests end; 503 is the answer at both ends.
/// </summary>
internal sealed class IntakeGate
{
    private volatile bool _open;

    public void Open() => _open = true;

    public void Close() => _open = false;

    /// <summary>The middleware.</summary>
    public Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        if (_open) return next(context);
        context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        context.Response.Headers[HeaderNames.RetryAfter] = "1";
        context.Response.Headers[HeaderNames.Connection] = "close";
        return Task.CompletedTask;
    }
}
