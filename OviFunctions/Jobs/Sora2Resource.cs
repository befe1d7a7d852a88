using System.Text.Json;
using OviFunctions.Configuration;
using OviFunctions.Payments.X402;

namespace OviFunctions.Jobs;

/// <summary>
/// What the quote of Sora 2 says; field names and texts are those of the Daydreams listing, so that its record can be made from our
/// quote too, and ours come after them.
/// </summary>
internal static class Sora2Resource
{
    private const string Schema = "sora-2.schema.json";

    public static PaidResource Describe(OviSettings settings, string route) => new(
        new Uri(settings.PublicBaseUrl, "/" + route),
        "Submit an asynchronous text-to-video job using OpenAI Sora 2 via Router.",
        "application/json",
        settings.Seller.ServiceName,
        ["video", "text-to-video", "audio", "sora-2"],
        ReadSchema(),
        JsonElement.Parse("""
            { "prompt": "Futuristic cityscape at sunset with flying vehicles", "aspect_ratio": "9:16", "seconds": 8 }
            """),
        JsonElement.Parse("""
            { "job": { "id": "job_...", "status": "running", "status_url": "https://.../v1/videos/jobs/job_..." }, "job_token": "ovt_..." }
            """))
    {
        Terms = TermsOfSale.Of(settings),
    };

    private static JsonElement ReadSchema()
    {
        using var stream = typeof(Sora2Resource).Assembly.GetManifestResourceStream(Schema)
            ?? throw new InvalidOperationException($"The resource {Schema} is missing from the assembly.");
        using var document = JsonDocument.Parse(stream);
        return document.RootElement.Clone();
    }
}
