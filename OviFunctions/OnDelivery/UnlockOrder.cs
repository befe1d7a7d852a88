using System.Text.Json;
using OviFunctions.Activities;
using OviFunctions.Jobs;
using OviFunctions.Payments.X402;

namespace OviFunctions.OnDelivery;

/// <summary>
/// What is sold at a locked job's unlock address: the release of its video, at the price that was quoted for it. The payment
/// is bound to the job by the address, as every payment is bound to its request.
/// </summary>
public sealed class UnlockOrder(VideoJobInput locked, Uri url, IVideoModel model) : IVideoModel
{
    private static readonly JsonElement EmptyObject = JsonElement.Parse("{}");

    public string Name => locked.Model;

    public string Route => url.AbsolutePath.TrimStart('/');

    public PaidResource Resource { get; } = model.Resource with
    {
        Url = url,
        Description = "Release a finished video whose payment failed.",
        BodySchema = JsonElement.Parse("""{ "type": "object", "properties": {}, "required": [] }"""),
        BodyExample = EmptyObject,
    };

    public long PriceAtomic(VideoRequest? request) => locked.PriceAtomic;

    public Order Validate(ReadOnlyMemory<byte> source, JsonElement body) =>
        new(locked.Request, Image: null, Problems: [], Warnings: []) { Unlocks = locked.JobId };

    /// <summary>Whether a job's video is there and was not paid.</summary>
    public static bool IsLocked(OutcomeRecord? outcome) => outcome is { Outcome: JobOutcome.Unpaid, Video: not null };
}
