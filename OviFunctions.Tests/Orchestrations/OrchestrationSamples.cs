using OviFunctions.Activities;
using OviFunctions.Jobs;
using OviFunctions.Media;
using OviFunctions.Orchestrations;
using OviFunctions.Payments.Evm;
using OviFunctions.Payments.X402;
using OviFunctions.Providers;
using OviFunctions.Tests.Payments;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Orchestrations;

/// <summary>Jobs, plans and the answers of activities, for the tests of orchestrations and activities.</summary>
internal static class OrchestrationSamples
{
    public const string JobId = "job_abcdefghij22222222222222222222222222";
    public const string Transaction = "0x1111111111111111111111111111111111111111111111111111111111111111";

    public static readonly VideoRequest Request = new()
    {
        Prompt = "Waves roll in at dusk.",
        ImageUrl = "https://images.example.com/dog.jpg",
        Resolution = "992x512",
        NegativePrompt = "blur",
        AudioNegativePrompt = "echo",
        Steps = 30,
        Seed = 42,
        WebhookUrl = "https://buyer.example.com/hooks",
    };

    public static readonly JobPayment Payment = new(
        X402Version.V2, EvmNetwork.Base, Samples.Merchant, Samples.Authorization, Samples.Authorization.ContentHash(), 60, 1000);

    public static readonly PreparedImage Image = new(
        new ImageInfo(JobIds.ImageBlob(JobId), "image/jpeg", 992, 512, 1234, new string('a', 64)));

    public static LanePlan Lane(string provider, LaneStart start = LaneStart.AfterFailure, double delay = 0, decimal cost = 0) =>
        new(provider, start, delay) { CostUsd = cost };

    /// <summary>
    /// A deadline of 20 minutes, polls after 5 seconds and at most every minute, two minutes for a lost submit's callback.
    /// </summary>
    public static JobPlan Plan(params LanePlan[] lanes) => new()
    {
        Lanes = lanes.Length > 0 ? lanes : [Lane("fal")],
        DeadlineSeconds = 1200,
        FirstPollSeconds = 5,
        MaxPollSeconds = 60,
        AmbiguousSubmitWaitSeconds = 120,
        LinkDays = 30,
        Refunds = new RefundPercents(100, 100),
    };

    public static VideoJobInput ApiKeyJob(params LanePlan[] lanes) => new()
    {
        JobId = JobId,
        KeyId = "k1",
        CreatedAt = Samples.Now,
        Model = "ovi/image-to-video",
        Request = Request,
        PriceAtomic = 420_000,
        Fingerprint = new string('f', 64),
        ApiKeyId = "alice",
        Plan = Plan(lanes),
    };

    public static VideoJobInput PaidJob(params LanePlan[] lanes) => ApiKeyJob(lanes) with { Payment = Payment, ApiKeyId = null };

    /// <summary>An attempt that may send a second submit, as it may where nobody else is paid meanwhile.</summary>
    public static AttemptInput Attempt(JobPlan? plan = null, int lane = 0) => new(
        JobId, "k1", lane, "fal", "ovi/image-to-video", Request, plan ?? Plan(),
        ScriptedContext.Start.AddSeconds((plan ?? Plan()).DeadlineSeconds))
    {
        Terms = Lane("fal"), MaxSubmits = 2, Race = JobId,
    };

    public static VideoAsset Video(int lane = 0) => new(
        new StoredVideo(JobIds.VideoBlob(JobId, lane), 4_000_000, new string('b', 64), new Mp4Info(5.041, 992, 512, 24, true)), 42);

    public static AttemptEnd Delivered(int lane = 0) => new(AttemptState.Delivered, Video(lane));

    public static AttemptEnd Failed(FailureClass reason = FailureClass.ProviderUnavailable) =>
        new(AttemptState.Failed, Failure: new ProviderFailure(reason, "code", "The provider's words."));

    public static AttemptEnd Stopped { get; } = new(AttemptState.Stopped);

    public static ProviderJob ProviderJob(string requestId) => new(requestId, Model: "ovi/image-to-video");

    public static SubmitStep Accepted(string requestId) => new(SubmitState.Accepted, ProviderJob(requestId));

    public static SubmitStep Ambiguous { get; } = new(SubmitState.Ambiguous, Reason: "No answer.");

    public static SubmitStep Rejected(FailureClass reason = FailureClass.ProviderUnavailable) =>
        new(SubmitState.Rejected, Failure: new ProviderFailure(reason, null, "No."));

    public static ReadStep Finished(string url = "https://media.example.com/clip.mp4") => new(ReadState.Succeeded, url, 42);

    public static ReadStep StillRunning { get; } = new(ReadState.Running);

    public static ReadStep FailedThere(FailureClass reason = FailureClass.ContentPolicy) =>
        new(ReadState.Failed, Failure: new ProviderFailure(reason, "code", "The provider's words."));
}
