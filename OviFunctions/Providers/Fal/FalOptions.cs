namespace OviFunctions.Providers.Fal;

/// <summary>One account at fal.ai.</summary>
public sealed class FalOptions
{
    /// <summary>The account's name among all providers; unique, lower case.</summary>
    public string Name { get; set; } = "fal";

    /// <summary>
    /// The key: <c>FAL_KEY</c>, or <c>FAL_KEY_ID:FAL_KEY_SECRET</c>. It is only ever sent to the host of <see cref="QueueUrl"/>.
    /// </summary>
    public string Key { get; set; } = "";

    /// <summary>The queue API.</summary>
    /// <value>The default value is <c>https://queue.fal.run</c>.</value>
    public Uri QueueUrl { get; set; } = new("https://queue.fal.run");

    /// <summary>Where fal publishes the keys that sign its webhooks.</summary>
    /// <value>The default value is <c>https://rest.fal.ai/.well-known/jwks.json</c>.</value>
    public Uri JwksUrl { get; set; } = new("https://rest.fal.ai/.well-known/jwks.json");

    /// <summary>
    /// Our user id at fal, as it stands in <c>X-Fal-Webhook-User-Id</c>. fal signs for all customers with the same
    /// keys, so without it another customer's callback carries a valid signature too.
    /// </summary>
    public string? WebhookUserId { get; set; }

    /// <summary>fal's endpoint for each of our models.</summary>
    public IDictionary<string, string> Endpoints { get; } = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["ovi/image-to-video"] = "fal-ai/ovi/image-to-video",
        ["ovi/text-to-video"] = "fal-ai/ovi",
    };

    /// <summary>What one video costs, in dollars.</summary>
    /// <value>The default value is 0.20, fal's published price.</value>
    public decimal CostUsd { get; set; } = 0.20m;

    /// <summary>How long a submit may take before its outcome counts as unknown.</summary>
    /// <value>The default value is 30 seconds.</value>
    public TimeSpan SubmitTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long any other call may take.</summary>
    /// <value>The default value is 15 seconds.</value>
    public TimeSpan ReadTimeout { get; set; } = TimeSpan.FromSeconds(15);
}
