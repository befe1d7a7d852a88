using System.Text.Json;
using System.Web;
using OviFunctions.Http;
using OviFunctions.Jobs;
using OviFunctions.Payments.Refunds;
using OviFunctions.Providers;
using OviFunctions.Secrets;
using OviFunctions.Tests.Secrets;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Jobs;

/// <summary>A job as buyers see it.</summary>
public sealed class JobResourcesTests
{
    private static readonly DateTimeOffset Now = JobSamples.CreatedAt;

    private static readonly JobStatus Delivered = new()
    {
        State = JobState.Succeeded,
        Money = MoneyState.Settled,
        Transaction = JobSamples.Transaction,
        StartedAt = Now.AddSeconds(3),
        CompletedAt = Now.AddSeconds(90),
        Attempts =
        [
            new AttemptStatus(0, "fal", AttemptState.Failed, Now.AddSeconds(3), Now.AddSeconds(50), FailureClass.ProviderTimeout),
            new AttemptStatus(1, "fal-2", AttemptState.Delivered, Now.AddSeconds(50), Now.AddSeconds(90)),
        ],
        Video = JobSamples.Video,
        Outcome = JobOutcome.Delivered,
    };

    private readonly JobSecrets _secrets = new(KeyRingTests.Of("k1"));
    private readonly ManualTimeProvider _clock = new();
    private readonly JobResources _resources;

    public JobResourcesTests() => _resources = new JobResources(TestSettings.Read(("PublicBaseUrl", "https://video.example.com"),
        ("ApiKeys:0:Sha256", new string('a', 64)), ("Payments:PayTo", "0x000000000000000000000000000000000000dEaD")), _secrets, _clock);

    [Fact]
    public void Make_DeliveredPaidJob_HasTheShapeOfTheListing()
    {
        var job = Json(JobSamples.PaidJob with { Request = JobSamples.Request with { User = "u-1", WebhookUrl = "https://hooks.example.com" } }, Delivered);

        var id = JobSamples.PaidJob.JobId;
        Assert.Equal(id, job.GetProperty("id").GetString());
        Assert.Equal("ovi/image-to-video", job.GetProperty("model").GetString());
        Assert.Equal("succeeded", job.GetProperty("status").GetString());
        Assert.Equal("u-1", job.GetProperty("user_id").GetString());
        Assert.Equal("0.42", job.GetProperty("estimate_usd").GetRawText());
        Assert.Equal("0.42", job.GetProperty("cost_actual_usd").GetRawText());
        Assert.Equal("x402", job.GetProperty("payment_method").GetString());
        Assert.Equal("""{"stage":"done","percent":100}""", job.GetProperty("progress").GetRawText());
        Assert.Equal(
            (Now.ToUnixTimeSeconds(), Now.ToUnixTimeSeconds() + 3, Now.ToUnixTimeSeconds() + 90),
            (job.GetProperty("created_at").GetInt64(), job.GetProperty("started_at").GetInt64(), job.GetProperty("completed_at").GetInt64()));
        Assert.Equal(1, job.GetProperty("retry_count").GetInt32());
        Assert.Equal($"https://video.example.com/v1/videos/jobs/{id}", job.GetProperty("status_url").GetString());
        Assert.False(job.TryGetProperty("error", out _));
        Assert.Equal(
            ["prompt", "image_url", "resolution", "negative_prompt", "audio_negative_prompt", "num_inference_steps", "seed", "webhook_url"],
            job.GetProperty("params").EnumerateObject().Select(p => p.Name));
        Assert.Equal(
            $$"""{"lane":0,"provider":"fal","state":"failed","started_at":{{Now.ToUnixTimeSeconds() + 3}},"ended_at":{{Now.ToUnixTimeSeconds() + 50}},"failure":"provider_timeout"}""",
            job.GetProperty("attempts")[0].GetRawText());
    }

    [Theory]
    [InlineData(null, """{"prompt":"p","model":"sora-2-pro","size":"1080x1920","seconds":12}""")]
    [InlineData("https://example.com/a.png", """{"prompt":"p","webhook_url":"https://hooks.example.com","model":"sora-2-pro","size":"1080x1920","seconds":12,"input_reference":"https://example.com/a.png"}""")]
    [InlineData("inline", """{"prompt":"p","model":"sora-2-pro","size":"1080x1920","seconds":12,"input_reference":"inline"}""")]
    public void Make_Sora2Job_ShowsItsOwnFieldsAndNoneOfOvis(string? image, string expected)
    {
        var request = new VideoRequest
        {
            Prompt = "p", IsTextOnly = image is null, ImageUrl = image is "inline" ? null : image, Resolution = "1080x1920", Seconds = 12, Variant = "sora-2-pro",
            NegativePrompt = "", AudioNegativePrompt = "", Steps = 0, Seed = 0,
            WebhookUrl = image is not (null or "inline") ? "https://hooks.example.com" : null,
        };

        Assert.Equal(expected, Json(JobSamples.KeyJob with { Model = "sora-2", Request = request }, Delivered).GetProperty("params").GetRawText());
    }

    [Fact]
    public void Make_Plan_ShowsWhoIsAskedAndWhen()
    {
        var input = JobSamples.PaidJob with
        {
            Plan = JobSamples.Plan with
            {
                Lanes = [new("fal", LaneStart.AtOnce, 0), new("wavespeed", LaneStart.AfterDelay, 30), new("segmind", LaneStart.AfterFailure, 0) { CostUsd = 0.25m }],
            },
        };

        Assert.Equal(
            """[{"provider":"fal","start":"at_once"},{"provider":"wavespeed","start":"after_delay","delay_seconds":30},{"provider":"segmind","start":"after_failure"}]""",
            Json(input, Delivered).GetProperty("plan").GetRawText());
        Assert.Empty(_resources.Make(input, Delivered).WithoutDetails().Plan);
        Assert.Empty(_resources.Make(input with { Plan = input.Plan with { SettleOnDelivery = true } }, Delivered with { Outcome = null }).Plan);
    }

    [Fact]
    public void Make_PaidJob_ShowsTheMoneyAndNoAuthorization()
    {
        var payment = Json(JobSamples.PaidJob, Delivered).GetProperty("payment");

        var transfer = JobSamples.PaidJob.Payment!.Authorization.Transfer;
        Assert.Equal(
            ["state", "network", "asset", "amount", "payer", "transaction", "authorization_expires_at"], payment.EnumerateObject().Select(p => p.Name));
        Assert.Equal("settled", payment.GetProperty("state").GetString());
        Assert.Equal("eip155:8453", payment.GetProperty("network").GetString());
        Assert.Equal("0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913", payment.GetProperty("asset").GetString());
        Assert.Equal("420000", payment.GetProperty("amount").GetString());
        Assert.Equal(transfer.From.ToChecksumString(), payment.GetProperty("payer").GetString());
        Assert.Equal(JobSamples.Transaction, payment.GetProperty("transaction").GetString());
        Assert.Equal((long)transfer.ValidBefore.Value, payment.GetProperty("authorization_expires_at").GetInt64());
    }

    [Fact]
    public void Make_AnyJob_HasNothingThatIsNotTheBuyersBusiness()
    {
        // The listing's own object leaks the payment (x402_payment).
        var input = JobSamples.PaidJob;
        var text = Json(input, Delivered).GetRawText();

        string[] secrets =
        [
            input.Payment!.Authorization.Signature, input.Payment.Authorization.Transfer.Nonce.ToString(), input.Payment.ContentHash, input.Fingerprint,
            JobSamples.Video.File.Blob, "lanes", "queue.fal.run", "fal.media", "request_id", "signature", "key_id",
        ];
        Assert.All(secrets, secret => Assert.DoesNotContain(secret, text, StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public void Make_DeliveredJob_LinksTheVideoUntilItExpires()
    {
        var asset = Json(JobSamples.PaidJob, Delivered).GetProperty("assets")[0];

        Assert.Equal("video", asset.GetProperty("id").GetString());
        Assert.Equal("video/mp4", asset.GetProperty("mime_type").GetString());
        Assert.Equal(1_234_567, asset.GetProperty("bytes").GetInt64());
        Assert.Equal(new string('c', 64), asset.GetProperty("sha256").GetString());
        Assert.Equal(5.042, asset.GetProperty("duration_seconds").GetDouble());
        Assert.Equal("992x512", asset.GetProperty("resolution").GetString());
        Assert.True(asset.GetProperty("has_audio").GetBoolean());

        var url = new Uri(asset.GetProperty("url").GetString()!);
        Assert.Equal($"https://video.example.com/v1/videos/jobs/{JobSamples.PaidJob.JobId}/content", url.GetLeftPart(UriPartial.Path));
        var expires = DateTimeOffset.FromUnixTimeSeconds(asset.GetProperty("expires_at").GetInt64());
        Assert.Equal(Now.AddSeconds(90).AddDays(30), expires);
        var query = HttpUtility.ParseQueryString(url.Query);
        Assert.True(_secrets.IsLink(query["e"], query["k"], query["s"], JobSamples.PaidJob.JobId, "video", expires.AddSeconds(-1)));
        Assert.False(_secrets.IsLink(query["e"], query["k"], query["s"], JobSamples.PaidJob.JobId, "video", expires));
    }

    [Theory]
    [InlineData(7, null)] // the one that was sent
    [InlineData(8, "The provider says that it used the seed 8 instead of 7.")]
    public void Make_DeliveredJob_NamesTheSeedThatMadeIt(long seed, string? warning)
    {
        var job = Json(JobSamples.PaidJob, Delivered with { Video = JobSamples.Video with { Seed = seed } });

        Assert.Equal(seed, job.GetProperty("assets")[0].GetProperty("seed").GetInt64());
        Assert.Equal(warning, job.TryGetProperty("warnings", out var warnings) ? Assert.Single(warnings.EnumerateArray()).GetString() : null);
    }

    [Theory]
    [InlineData(JobOutcome.RefundDue)]
    [InlineData(JobOutcome.Unpaid)]
    [InlineData(null)]
    public void Make_VideoWithoutDelivery_IsNotShown(JobOutcome? outcome) =>
        Assert.Empty(_resources.Make(JobSamples.PaidJob, Delivered with { Outcome = outcome }).Assets);

    [Theory]
    [InlineData(JobState.Queued, MoneyState.Unused, null, "queued", "preparing", 0, "unused")]
    [InlineData(JobState.PaymentPending, MoneyState.InFlight, null, "payment_pending", "paying", 0, "in_flight")]
    [InlineData(JobState.Running, MoneyState.Settled, null, "running", "rendering", 0.42, "settled")]
    [InlineData(JobState.Succeeded, MoneyState.Settled, JobOutcome.Delivered, "succeeded", "done", 0.42, "settled")]
    [InlineData(JobState.Failed, MoneyState.Settled, JobOutcome.RefundDue, "failed", "done", 0, "refund_due")]
    [InlineData(JobState.Failed, MoneyState.InFlight, JobOutcome.RefundDue, "failed", "done", 0, "refund_due")]
    [InlineData(JobState.Failed, MoneyState.Unused, JobOutcome.Unpaid, "failed", "done", 0, "unused")]
    [InlineData(JobState.Canceled, MoneyState.Settled, JobOutcome.RefundDue, "canceled", "done", 0, "refund_due")]
    public void Make_PaidJob_EveryState(
        JobState state, MoneyState money, JobOutcome? outcome, string status, string stage, double cost, string paymentState)
    {
        var job = Json(JobSamples.PaidJob, new JobStatus { State = state, Money = money, Outcome = outcome, CompletedAt = Now, Video = JobSamples.Video });

        Assert.Equal(
            (status, stage, cost, paymentState),
            (job.GetProperty("status").GetString(), job.GetProperty("progress").GetProperty("stage").GetString(),
                job.GetProperty("cost_actual_usd").GetDouble(), job.GetProperty("payment").GetProperty("state").GetString()));
    }

    [Fact]
    public void Make_RefundOfAPart_CostsWhatIsKept()
    {
        var input = JobSamples.PaidJob with { Plan = JobSamples.Plan with { Refunds = new RefundPercents(InvalidInput: 75, ContentPolicy: 100) } };
        var refused = JobErrors.FromProviders([new ProviderFailure(FailureClass.InvalidInput, "", "")]);
        var status = new JobStatus { State = JobState.Failed, Money = MoneyState.Settled, Outcome = JobOutcome.RefundDue, Error = refused, CompletedAt = Now };
        var record = new RefundRecord { Refund = JobRefunds.Of(input, refused), State = RefundState.Refunded, At = Now };

        foreach (var refund in new[] { null, record })
        {
            var job = _resources.Make(input, status, refund);
            Assert.Equal((0.105m, "315000"), (job.CostActualUsd, job.Refund!.Amount));
        }
    }

    [Theory]
    [InlineData(JobState.Running, null, 0)]
    [InlineData(JobState.Succeeded, JobOutcome.Delivered, 0.42)]
    [InlineData(JobState.Failed, JobOutcome.Unpaid, 0)]
    public void Make_JobOfAnApiKey_HasNoPaymentAndCostsWhenDelivered(JobState state, JobOutcome? outcome, double cost)
    {
        var job = Json(JobSamples.KeyJob, new JobStatus { State = state, Outcome = outcome, CompletedAt = Now, Video = JobSamples.Video });

        Assert.Equal(("api_key", cost), (job.GetProperty("payment_method").GetString(), job.GetProperty("cost_actual_usd").GetDouble()));
        Assert.False(job.TryGetProperty("payment", out _));
        Assert.DoesNotContain("alice", job.GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public void Make_ImageThatCameInTheRequest_IsShownAsInline() => Assert.Equal(
        "inline", _resources.Make(JobSamples.KeyJob with { Request = JobSamples.Request with { ImageUrl = null } }, new JobStatus()).Params!.ImageUrl);

    [Fact]
    public void Make_FailedJob_SaysWhy()
    {
        var job = Json(JobSamples.KeyJob, new JobStatus { State = JobState.Failed, Outcome = JobOutcome.Unpaid, Error = JobErrors.Canceled });

        Assert.Equal(
            """{"stage":"provider","code":"canceled","message":"The job was cancelled before a video was made."}""", job.GetProperty("error").GetRawText());
    }

    [Fact]
    public void Make_KeyRemovedFromTheRing_JobIsStillShown()
    {
        var rotated = new JobResources(TestSettings.Read(), new JobSecrets(KeyRingTests.Of("k2")), new ManualTimeProvider());

        Assert.Contains("k=k2", rotated.Make(JobSamples.PaidJob, Delivered).Assets.Single().Url.Query, StringComparison.Ordinal);
    }

    private JsonElement Json(VideoJobInput input, JobStatus status) =>
        JsonSerializer.SerializeToElement(new JobEnvelope(_resources.Make(input, status)), ApiJson.Options).GetProperty("job");
}
