using System.Text.Json;
using OviFunctions.Configuration;
using OviFunctions.Payments.X402;

namespace OviFunctions.Jobs.Batches;

/// <summary>What the quote of a batch says. The items' fields are those of their models, whose own quotes have them all.</summary>
internal static class BatchResource
{
    public static PaidResource Describe(OviSettings settings, string route) => new(
        new Uri(settings.PublicBaseUrl, "/" + route),
        "Submit up to 20 videos as one asynchronous job: one payment, results and refunds for each.",
        "application/json",
        settings.Seller.ServiceName,
        ["video", "batch", "image-to-video", "audio", "ovi"],
        JsonElement.Parse("""
            {
              "type": "object",
              "required": ["items"],
              "properties": {
                "items": {
                  "type": "array", "minItems": 1, "maxItems": 20,
                  "description": "The videos: each has the fields of its model's own request, and model when it is not ovi/image-to-video.",
                  "items": { "type": "object" }
                },
                "user": { "type": "string", "maxLength": 256, "description": "Optional end-user identifier for tracking." },
                "webhook_url": { "type": "string", "format": "uri", "description": "Optional URL that is told of the batch." }
              }
            }
            """),
        JsonElement.Parse("""
            { "items": [{ "prompt": "Waves roll in at dusk.", "image_url": "https://example.com/1.jpg" }, { "prompt": "Snow falls.", "image_url": "https://example.com/2.jpg" }] }
            """),
        JsonElement.Parse("""
            { "job": { "id": "job_...", "status": "running", "items": [{ "id": "job_..._00", "status": "running" }], "status_url": "https://.../v1/videos/jobs/job_..." }, "job_token": "ovt_..." }
            """))
    {
        Terms = TermsOfSale.Of(settings),
    };
}
