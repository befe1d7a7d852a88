using System.Text.Json;
using OviFunctions.Configuration;
using OviFunctions.Payments.X402;

namespace OviFunctions.Jobs;

/// <summary>What the quotes of OVI say; field names and texts are those of the Daydreams listing of OVI image-to-video.</summary>
internal static class OviResource
{
    public static PaidResource ImageToVideo(OviSettings settings, string route) => Describe(
        settings, route, "image-to-video", "Submit an asynchronous image-to-video job with audio using OVI via Router.",
        """{ "prompt": "Waves roll in at dusk. <AUDCAP>Waves, wind<ENDAUDCAP>", "image_url": "https://example.com/image.jpg" }""");

    public static PaidResource TextToVideo(OviSettings settings, string route) => Describe(
        settings, route, "text-to-video", "Submit an asynchronous text-to-video job with audio using OVI via Router.",
        """{ "prompt": "Waves roll in at dusk. <AUDCAP>Waves, wind<ENDAUDCAP>", "resolution": "992x512" }""");

    private static PaidResource Describe(OviSettings settings, string route, string kind, string description, string example) => new(
        new Uri(settings.PublicBaseUrl, "/" + route),
        description,
        "application/json",
        settings.Seller.ServiceName,
        ["video", kind, "audio", "ovi"],
        ReadSchema($"ovi-{kind}.schema.json"),
        JsonElement.Parse(example),
        JsonElement.Parse("""
            { "job": { "id": "job_...", "status": "running", "status_url": "https://.../v1/videos/jobs/job_..." }, "job_token": "ovt_..." }
            """))
    {
        Terms = TermsOfSale.Of(settings),
    };

    private static JsonElement ReadSchema(string name)
    {
        using var stream = typeof(OviResource).Assembly.GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"The resource {name} is missing from the assembly.");
        using var document = JsonDocument.Parse(stream);
        return document.RootElement.Clone();
    }
}
