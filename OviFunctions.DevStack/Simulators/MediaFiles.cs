using Microsoft.AspNetCore.Http;

namespace OviFunctions.DevStack.Simulators;

/// <summary>Sends video files, whole or with a fault.</summary>
internal static class MediaFiles
{
    private const long TooManyBytes = 2L << 30;
    private const string Credentials = "http://169.254.169.254/latest/meta-data/iam/security-credentials/";

    /// <summary>The status of an answer with that fault.</summary>
    public static int StatusOf(MediaFault fault) => fault switch
    {
        MediaFault.Missing => StatusCodes.Status404NotFound,
        MediaFault.Expired => StatusCodes.Status403Forbidden,
        MediaFault.PrivateRedirect => StatusCodes.Status302Found,
        _ => StatusCodes.Status200OK,
    };

    public static async Task SendAsync(HttpContext context, string clip, MediaFault fault)
    {
        var response = context.Response;
        response.StatusCode = StatusOf(fault);
        switch (fault)
        {
            case MediaFault.None or MediaFault.ForeignHost:
                await Results.File(clip, "video/mp4", enableRangeProcessing: true).ExecuteAsync(context);
                break;
            case MediaFault.Html:
                response.ContentType = "text/html";
                await response.WriteAsync("<html><body>Please sign in.</body></html>", context.RequestAborted);
                break;
            case MediaFault.Truncated or MediaFault.WrongLength:
                var length = new FileInfo(clip).Length;
                response.ContentType = "video/mp4";
                response.ContentLength = fault == MediaFault.WrongLength ? length : length / 2;
                await response.SendFileAsync(clip, 0, length / 2, context.RequestAborted);
                break;
            case MediaFault.Expired:
                response.ContentType = "application/xml";
                await response.WriteAsync("<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>", context.RequestAborted);
                break;
            case MediaFault.PrivateRedirect:
                response.Headers.Location = Credentials;
                break;
            case MediaFault.TooLarge:
                await SendTooManyAsync(context, clip);
                break;
        }
    }

    private static async Task SendTooManyAsync(HttpContext context, string clip)
    {
        context.Response.ContentType = "video/mp4";
        context.Response.ContentLength = TooManyBytes;
        var left = TooManyBytes - new FileInfo(clip).Length;
        var zeros = new byte[64 << 10];
        try
        {
            await context.Response.SendFileAsync(clip, context.RequestAborted);
            for (; left > 0; left -= zeros.Length)
                await context.Response.Body.WriteAsync(zeros.AsMemory(0, (int)Math.Min(left, zeros.Length)), context.RequestAborted);
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            context.Abort(); // the reader has had enough, or we are stopping
        }
    }
}
