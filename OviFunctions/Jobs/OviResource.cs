using System.Text.Json;
using OviFunctions.Configuration;
using OviFunctions.Payments.X402;

namespace OviFunctions.Jobs;

/// <summary>What the quote of OVI image-to-video says; the field names and texts are those of the Daydreams listing.</summary>
internal static class OviResource
{
    private const string Schema = "ovi-image-to-video.schema.json";

    public static PaidResource Describe(OviSettings settings, string route) => new(
        new Uri(settings.PublicBaseUrl, "/" + route),
        "Submit an asynchronous image-to-video job with audio using OVI via Router.",
        "application/json",
        settings.Seller.ServiceName,
        ["video", "image-to-video", "audio", "ovi"],
        ReadSchema(),
        JsonElement.Parse("""
            { "prompt": "Waves roll in at dusk. <AUDCAP>Waves, wind<ENDAUDCAP>", "image_url": "https://example.com/image.jpg" }
            """),
        JsonElement.Parse("""
            { "job": { "id": "job_...", "status": "running", "status_url": "https://.../v1/videos/jobs/job_..." }, "job_token": "ovt_..." }
            """))
    {
        Terms = TermsOfSale.Of(settings),
    };

    private static JsonElement ReadSchema()
    {
        using var stream = typeof(OviResource).Assembly.GetManifestResourceStream(Schema)
            ?? throw new InvalidOperationException($"The resource {Schema} is missing from the assembly.");
        using var document = JsonDocument.Parse(stream);
        return document.RootElement.Clone();
    }
}
