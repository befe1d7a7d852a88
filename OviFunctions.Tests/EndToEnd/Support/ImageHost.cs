using System.Collections.Concurrent;
using Microsoft.AspNetCore.Http;
using OviFunctions.Tests.DevStack.Simulators;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.EndToEnd.Support;

/// <summary>
/// A stranger's web server with images: <c>/picture.png</c> is one, <c>/page.png</c> is a web page, <c>/moved.png</c> redirects to
/// the picture, <c>/inside.png</c> to an address that no stranger may send us to, <c>/held/...</c> answers when it is released.
/// </summary>
internal sealed class ImageHost : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, TaskCompletionSource> _held = new(StringComparer.Ordinal);
    private LoopbackServer _server = null!;

    public Uri Url => new($"http://127.0.0.1:{_server.Port}/");

    public static async Task<ImageHost> StartAsync()
    {
        var host = new ImageHost();
        host._server = await LoopbackServer.StartAsync(host.AnswerAsync);
        return host;
    }

    /// <summary>Lets the picture of this path, and all later requests for it, go.</summary>
    public void Release(string path) => Hold(path).TrySetResult();

    public async ValueTask DisposeAsync()
    {
        foreach (var held in _held.Values) held.TrySetResult();
        await _server.DisposeAsync();
    }

    private TaskCompletionSource Hold(string path) =>
        _held.GetOrAdd(path, _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));

    private async Task AnswerAsync(HttpContext context)
    {
        var path = context.Request.Path.Value!;
        if (path.StartsWith("/held/", StringComparison.Ordinal)) await Hold(path).Task.WaitAsync(context.RequestAborted);
        var answer = path switch
        {
            "/picture.png" => Results.Bytes(TestImages.Png, "image/png"),
            "/page.png" => Results.Content("<html><body>Please sign in.</body></html>", "text/html"),
            "/moved.png" => Results.Redirect("/picture.png"),
            "/inside.png" => Results.Redirect("http://169.254.169.254/latest/meta-data/"),
            _ when path.StartsWith("/held/", StringComparison.Ordinal) => Results.Bytes(TestImages.Png, "image/png"),
            _ => Results.NotFound(),
        };
        await answer.ExecuteAsync(context);
    }
}
