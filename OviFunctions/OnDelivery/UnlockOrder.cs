using System.Text.Json;
using OviFunctions.Activities;
using OviFunctions.Jobs;
using OviFunctions.Payments.X402;
using OviFunctions.Providers;

namespace OviFunctions.OnDelivery;

/// <summary>
/// What is sold at a locked job's unlock address: the release of its video, at the price that was quoted for it. The payment
/// is bound to the job by the address, as every payment is bound to its request.
/// </summary>
/// <param name="locked">The job.</param>
/// <param name="url">Its unlock address.</param>
/// <param name="model">What was ordered.</param>
/// <param name="isOpen">Whether its video waits for a payment; without that, only payments that are known find their job.</param>
public sealed class UnlockOrder(VideoJobInput locked, Uri url, IVideoModel model, bool isOpen) : IVideoModel
{
    private static readonly JsonElement EmptyObject = JsonElement.Parse("{}");

    private static readonly FieldProblem NotLocked = new(
        "", "not_locked", "The video is not waiting for a payment; GET /v1/videos/jobs/{id} says more. Do not pay for it.");

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

    public RequestNeeds NeedsOf(VideoRequest? request) => model.NeedsOf(locked.Request);

    public Order Validate(ReadOnlyMemory<byte> source, JsonElement body) =>
        new(locked.Request, Image: null, Problems: isOpen ? [] : [NotLocked], Warnings: []) { Unlocks = locked.JobId };

    /// <summary>Whether a job's video is there and was not paid.</summary>
    public static bool IsLocked(OutcomeRecord? outcome) => outcome is { Outcome: JobOutcome.Unpaid, Video: not null };
}
