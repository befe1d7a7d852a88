using System.Text.Json;

namespace OviFunctions.Providers.Segmind;

/// <summary>
/// Finds the video in an answer. Segmind does not publish the shape of a video's <c>output</c>: what its other models answer with
/// is a text, a list, or an object with a <c>url</c>.
/// </summary>
internal static class SegmindOutput
{
    // Where a URL may stand, the most telling name first. poll_url, status_url and response_url are no videos.
    private static readonly string[] Names = ["output", "outputs", "video_url", "video", "url", "result", "data"];

    private const int MaxDepth = 4;
    private const int MaxItems = 16;

    /// <summary>The video's URL; null when there is none.</summary>
    public static string? FindUrl(JsonElement element, int depth = 0)
    {
        if (depth > MaxDepth) return null;
        return element.ValueKind switch
        {
            JsonValueKind.String when ProviderUrls.IsWeb(element.AsText()) => element.AsText(),
            JsonValueKind.Array => element.EnumerateArray().Take(MaxItems).Select(item => FindUrl(item, depth + 1)).FirstOrDefault(url => url is not null),
            JsonValueKind.Object => Names.Select(name => element.Get(name) is { } value ? FindUrl(value, depth + 1) : null).FirstOrDefault(url => url is not null),
            _ => null,
        };
    }

    /// <summary>The seed that was used, where the model reports one.</summary>
    public static long? FindSeed(ProviderReply.Answer answer, JsonElement body) =>
        SegmindHeaders.Seed(answer.Headers) ?? body.GetInteger("seed") ?? body.Get("metrics")?.GetInteger("seed");
}
