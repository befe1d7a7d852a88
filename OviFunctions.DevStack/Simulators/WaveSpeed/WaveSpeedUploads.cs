using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace OviFunctions.DevStack.Simulators.WaveSpeed;

/// <summary>
/// Files that callers upload to use them in a job: they ask for a place (<c>POST /api/v3/media/uploads</c>), put the bytes there,
/// and name its URL in the job, as the clients' <c>upload</c> does.
/// </summary>
internal sealed class WaveSpeedUploads
{
    private const int MaxBytes = 20 << 20;
    private readonly ConcurrentDictionary<string, byte[]> _files = new(StringComparer.Ordinal);

    /// <summary>A place for a file, under a name of its own.</summary>
    public static SimulatedAnswer Open(Uri simulator, JobInput? wanted)
    {
        if (wanted?.FindMissing("filename") is { } problem) return WaveSpeedAnswers.OfProblem(problem);
        if (wanted is null) return WaveSpeedAnswers.Error(400, "The body is not a JSON object");
        var url = new Uri(simulator, $"uploads/{ProviderSimulator.NewUuid()}/{Uri.EscapeDataString(wanted.Text("filename")!)}").AbsoluteUri;
        return WaveSpeedAnswers.Success(new JsonObject
        {
            ["upload"] = new JsonObject
            {
                ["method"] = "PUT",
                ["url"] = url,
                ["headers"] = new JsonObject { ["Content-Type"] = wanted.Text("content_type") ?? "application/octet-stream" },
            },
            ["download_url"] = url,
        });
    }

    public async Task PutAsync(HttpContext context)
    {
        if (context.Request.ContentLength is null or > MaxBytes)
        {
            context.Response.StatusCode = StatusCodes.Status413PayloadTooLarge;
            return;
        }

        var bytes = new byte[context.Request.ContentLength.Value];
        await context.Request.Body.ReadExactlyAsync(bytes, context.RequestAborted);
        _files[context.Request.Path] = bytes;
    }

    public IResult Get(HttpContext context) =>
        _files.TryGetValue(context.Request.Path, out var bytes) ? Results.Bytes(bytes) : Results.NotFound();
}
