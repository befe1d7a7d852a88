using System.Globalization;
using System.Net.Http.Headers;
using System.Text;

namespace OviFunctions.Providers.OpenAiVideos;

/// <summary>The POST that makes a video.</summary>
/// <remarks>
/// A form, never JSON: OpenAI's own clients send <c>POST /videos</c> as multipart/form-data whether there is a file or not, so
/// every compatible server takes that, and several (vLLM, gateways) take nothing else. JSON came to OpenAI's API later, with an
/// <c>input_reference</c> of another shape.
/// </remarks>
internal static class OpenAiVideosSubmission
{
    /// <param name="url">Where to.</param>
    /// <param name="model">The server's name of the model.</param>
    /// <param name="request">What is made. Size and length are always sent, so that what was paid is what is made.</param>
    public static HttpRequestMessage Build(Uri url, string model, SubmitRequest request)
    {
        var form = new MultipartFormDataContent();
        AddText(form, "model", model);
        AddText(form, "prompt", request.Prompt);
        AddText(form, "size", request.Resolution);
        AddText(form, "seconds", request.Seconds!.Value.ToString(CultureInfo.InvariantCulture));
        if (request.Image is { } image)
        {
            var file = new ReadOnlyMemoryContent(image.Bytes);
            file.Headers.ContentType = new MediaTypeHeaderValue(image.MediaType);
            file.Headers.ContentDisposition = new ContentDispositionHeaderValue("form-data")
            {
                Name = "\"input_reference\"", FileName = $"\"reference.{image.MediaType[(image.MediaType.IndexOf('/') + 1)..]}\"",
            };
            form.Add(file);
        }

        return new HttpRequestMessage(HttpMethod.Post, url) { Content = form };
    }

    // As browsers and OpenAI's clients write it: the name in quotes, no content type.
    private static void AddText(MultipartFormDataContent form, string name, string value)
    {
        var content = new ByteArrayContent(Encoding.UTF8.GetBytes(value));
        content.Headers.ContentDisposition = new ContentDispositionHeaderValue("form-data") { Name = $"\"{name}\"" };
        form.Add(content);
    }
}
