using System.Text.Json.Nodes;
using OviFunctions.Tests.DevStack.Simulators;

namespace OviFunctions.Tests.EndToEnd.Support;

/// <summary>Bodies of orders.</summary>
internal static class OrderBody
{
    /// <summary>A picture of 64 x 32, inline.</summary>
    public static string Image { get; } = "data:image/png;base64," + Convert.ToBase64String(TestImages.Png);

    /// <summary>A good order; always the same seed, so that the simulated provider renders one clip for all of them.</summary>
    public static JsonObject For(string prompt, Uri? webhook = null)
    {
        var body = new JsonObject { ["prompt"] = prompt, ["image_url"] = Image, ["seed"] = 7 };
        if (webhook is not null) body["webhook_url"] = webhook.AbsoluteUri;
        return body;
    }

    /// <summary>A batch of one video; the webhook becomes the batch's.</summary>
    public static JsonObject BatchOf(JsonObject request)
    {
        var batch = new JsonObject { ["webhook_url"] = request["webhook_url"]?.DeepClone() };
        request.Remove("webhook_url");
        batch["items"] = new JsonArray(request);
        return batch;
    }
}
