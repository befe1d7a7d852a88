using Azure.Storage.Blobs;
using Microsoft.Extensions.Logging.Abstractions;
using OviFunctions.Activities;
using OviFunctions.Http.Egress;
using OviFunctions.Jobs;
using OviFunctions.Media;
using OviFunctions.Payments.Evm;
using OviFunctions.Payments.Identity;
using OviFunctions.Payments.X402;
using OviFunctions.Tests.Payments;

namespace OviFunctions.Tests.Support;

/// <summary>Jobs and what they are made of.</summary>
internal static class JobSamples
{
    public const string KeyJobId = "job_aaaaaaaaaabbbbbbbbbbbbbbbbbbbbbbbbbb";
    public const string Transaction = "0xabababababababababababababababababababababababababababababababab";
    public const string Prompt = "A secret prompt";

    public static readonly DateTimeOffset CreatedAt = new(2026, 11, 20, 12, 0, 0, TimeSpan.Zero);

    public static VideoRequest Request { get; } = new()
    {
        Prompt = Prompt,
        ImageUrl = "https://example.com/dog.jpg",
        Resolution = "992x512",
        NegativePrompt = "blur",
        AudioNegativePrompt = "echo",
        Steps = 30,
        Seed = 7,
    };

    public static JobPlan Plan { get; } = new()
    {
        Lanes = [new LanePlan("fal", LaneStart.AfterFailure, 60)],
        DeadlineSeconds = 1200,
        FirstPollSeconds = 5,
        MaxPollSeconds = 60,
        AmbiguousSubmitWaitSeconds = 120,
        LinkDays = 30,
    };

    /// <summary>A job that an API key ordered.</summary>
    public static VideoJobInput KeyJob { get; } = new()
    {
        JobId = KeyJobId,
        KeyId = "k1",
        CreatedAt = CreatedAt,
        Model = "ovi/image-to-video",
        Request = Request,
        PriceAtomic = 420000,
        Fingerprint = "v1:f",
        ApiKeyId = "alice",
        Plan = Plan,
    };

    /// <summary>A job that a wallet pays for.</summary>
    public static VideoJobInput PaidJob { get; } = PaidJobOf(1);

    /// <summary>A job of the wallet with another nonce.</summary>
    public static VideoJobInput PaidJobOf(byte nonce)
    {
        var transfer = Samples.Transfer with { Value = 420000, ValidBefore = (ulong)CreatedAt.ToUnixTimeSeconds() + 600, Nonce = Samples.Nonce(nonce) };
        var signed = Samples.Buyer.Sign(transfer, EvmNetwork.Base.UsdcDomain);
        return KeyJob with
        {
            JobId = PaymentIdentity.JobId(EvmNetwork.Base, transfer.From, transfer.Nonce),
            ApiKeyId = null,
            Payment = new JobPayment(X402Version.V2, EvmNetwork.Base, Samples.Merchant, signed, signed.ContentHash(), 600, 100),
        };
    }

    public static VideoAsset Video { get; } = new(
        new StoredVideo($"videos/{KeyJobId}/0.mp4", 1_234_567, new string('c', 64), new Mp4Info(5.0416, 992, 512, 24, true)), Seed: 7);

    public static Claim ClaimOf(VideoJobInput input, params string[] aliases) => new() { Input = input, InlineImage = false, Aliases = aliases };

    public static OutcomeRecord OutcomeOf(VideoJobInput input, JobOutcome outcome, JobError? error = null, string? transaction = null) => new(
        input.JobId, outcome, CreatedAt.AddMinutes(3), outcome == JobOutcome.Delivered ? Video : null, error,
        input.Payment?.Authorization.Transfer.From.ToString(), input.PriceAtomic, transaction);

    /// <summary>A guard that lets nobody but one host of a developer's machine through; its own name is the gateway's.</summary>
    public static EgressGuard NewGuard() => new(
        new EgressOptions { AllowedHosts = ["127.0.0.1:9009"], OwnHosts = ["127.0.0.1:7071", "video.example.com"] },
        new ManualTimeProvider(), NullLogger<EgressGuard>.Instance);

    /// <summary>An intake for tests that need no storage.</summary>
    public static ImageIntake NewIntake() => NewIntake(new BlobContainerClient("UseDevelopmentStorage=true", "none"));

    public static ImageIntake NewIntake(BlobContainerClient container) => new(container, NewGuard());
}
