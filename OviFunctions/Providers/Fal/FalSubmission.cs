using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace OviFunctions.Providers.Fal;

/// <summary>
/// The POST that makes a job of <c>fal-ai/ovi/image-to-video</c> or <c>fal-ai/ovi</c>. Only the one without an image has a
/// resolution: with one, the video's size follows the image's shape. Neither has a duration: it is about 5 seconds.
/// </summary>
internal static class FalSubmission
{
    public static HttpRequestMessage Build(Uri url, SubmitRequest request)
    {
        var body = JsonSerializer.SerializeToNode(new Body(
            request.Prompt,
            request.ImageUrl?.AbsoluteUri,
            request.ImageUrl is null ? request.Resolution : null,
            request.NegativePrompt,
            request.AudioNegativePrompt,
            request.Steps,
            request.Seed))!.AsObject();
        foreach (var (key, value) in FalJobOptions.OfBody(request.Options)) body.Add(key, JsonNode.Parse(value));
        var message = new HttpRequestMessage(HttpMethod.Post, url) { Content = JsonContent.Create(body) };
        foreach (var (key, value) in request.Options)
        {
            foreach (var header in FalJobOptions.HeadersOf(key, value)) message.Headers.TryAddWithoutValidation(header.Key, header.Value);
        }

        return message;
    }

    private sealed record Body(
        [property: JsonPropertyName("prompt")] string Prompt,
        [property: JsonPropertyName("image_url"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? ImageUrl,
        [property: JsonPropertyName("resolution"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Resolution,
        [property: JsonPropertyName("negative_prompt")] string NegativePrompt,
        [property: JsonPropertyName("audio_negative_prompt")] string AudioNegativePrompt,
        [property: JsonPropertyName("num_inference_steps")] int Steps,
        [property: JsonPropertyName("seed")] long Seed);
}
