using System.Text;
using System.Text.Json;
using Microsoft.DurableTask.Client;
using OviFunctions.Activities;
using OviFunctions.Embedded.Engine;
using OviFunctions.Jobs;
using OviFunctions.Orchestrations;
using OviFunctions.Providers;
using OviFunctions.Tests.Embedded.Engine;
using OviFunctions.Tests.Support;
using OviFunctions.Webhooks;
using static OviFunctions.Tests.Orchestrations.OrchestrationSamples;

namespace OviFunctions.Tests.Activities.Embedded;

public sealed class StartWebhookTests : IAsyncLifetime
{
    private static readonly JobStatus Succeeded = new()
    {
        State = JobState.Succeeded,
        Money = MoneyState.Settled,
        Transaction = Transaction,
        StartedAt = Payments.Samples.Now,
        CompletedAt = Payments.Samples.Now.AddMinutes(1),
        Attempts = [new AttemptStatus(0, "fal", AttemptState.Delivered, Payments.Samples.Now, Payments.Samples.Now.AddMinutes(1))],
        Video = Video(),
        Outcome = JobOutcome.Delivered,
    };

    private readonly ActivityBench _bench = new();
    private EngineHost _engine = null!;

    public async Task InitializeAsync() => _engine = await new EngineHost(new EngineOptions(), _bench.Time)
        .Orchestrator(nameof(WebhookOrchestrator), context => context.WaitForExternalEvent<string>("end"))
        .StartAsync();

    public async Task DisposeAsync() => await _engine.DisposeAsync();

    [Fact]
    public async Task Run_Succeeded_BodyIsTheJobWithItsVideoAndWithoutTheTexts()
    {
        var hook = await RunAsync(PaidJob(), WebhookEvents.Succeeded, Succeeded);

        Assert.Equal(
            ($"msg_{JobId}_job_succeeded", JobId, "k1", Request.WebhookUrl), (hook.MessageId, hook.JobId, hook.KeyId, hook.Url));
        var body = JsonDocument.Parse(hook.Body).RootElement;
        Assert.Equal("job.succeeded", body.GetProperty("type").GetString());
        Assert.Equal("2026-11-20T12:00:00+00:00", body.GetProperty("timestamp").GetString());
        var job = body.GetProperty("data").GetProperty("job");
        Assert.Equal((JobId, "succeeded"), (job.GetProperty("id").GetString(), job.GetProperty("status").GetString()));
        Assert.Equal(0.42m, job.GetProperty("cost_actual_usd").GetDecimal());
        Assert.StartsWith(
            $"https://video.example.com/v1/videos/jobs/{JobId}/content?", job.GetProperty("assets")[0].GetProperty("url").GetString(),
            StringComparison.Ordinal);
        Assert.False(job.TryGetProperty("params", out _));
        Assert.DoesNotContain(Request.Prompt, hook.Body, StringComparison.Ordinal);
        Assert.DoesNotContain(Request.WebhookUrl!, hook.Body, StringComparison.Ordinal);
        Assert.DoesNotContain(Payment.Authorization.Signature, hook.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_Failed_BodyHasTheErrorAndThatTheMoneyIsDueBack()
    {
        var hook = await RunAsync(PaidJob(), WebhookEvents.Failed, Succeeded with
        {
            State = JobState.Failed, Video = null, Outcome = JobOutcome.RefundDue, Error = JobErrors.Internal,
        });

        var job = JsonDocument.Parse(hook.Body).RootElement.GetProperty("data").GetProperty("job");
        Assert.Equal(("failed", "refund_due", "internal_error", 0m), (
            job.GetProperty("status").GetString(), job.GetProperty("payment").GetProperty("state").GetString(),
            job.GetProperty("error").GetProperty("code").GetString(), job.GetProperty("cost_actual_usd").GetDecimal()));
        Assert.Empty(job.GetProperty("assets").EnumerateArray());
    }

    [Fact]
    public async Task Run_Twice_StartsOneDeliveryAndItsBodyStays()
    {
        var running = Succeeded with { State = JobState.Running, Outcome = null, Video = null };
        var first = await RunAsync(PaidJob(), WebhookEvents.Running, running);
        var again = await RunAsync(PaidJob(), WebhookEvents.Running, Succeeded);

        Assert.Equal(first, again);
        Assert.Single(await InstancesAsync());
    }

    [Fact]
    public async Task Run_DeliveryHasEnded_IsNotStartedAgain()
    {
        await RunAsync(PaidJob(), WebhookEvents.Running, Succeeded);
        var id = JobIds.Hook(JobId, WebhookEvents.Running);
        await _engine.Client.RaiseEventAsync(id, "end", "x");
        var ended = await _engine.EndAsync(id);

        await RunAsync(PaidJob(), WebhookEvents.Running, Succeeded);

        var after = await _engine.GetAsync(id);
        Assert.Equal((OrchestrationRuntimeStatus.Completed, ended.LastUpdatedAt), (after.RuntimeStatus, after.LastUpdatedAt));
    }

    [Fact]
    public async Task Run_EventsOfOneJob_AreMessagesOfTheirOwn()
    {
        var ids = new List<string>();
        foreach (var type in new[] { WebhookEvents.Running, WebhookEvents.Succeeded, WebhookEvents.Failed })
            ids.Add((await RunAsync(PaidJob(), type, Succeeded)).MessageId);

        Assert.Equal(3, ids.Distinct().Count());
    }

    [Fact]
    public async Task Run_WorstCase_BodyFitsIntoAWebhook()
    {
        // Texts of characters that JSON writes as twelve bytes each; eight accounts with the longest names.
        var lanes = Enumerable.Range(0, 8).Select(i => new string((char)('a' + i), 32)).ToArray();
        var texts = string.Concat(Enumerable.Repeat("😀", 2000));
        var job = PaidJob([.. lanes.Select(l => Lane(l))]);
        job = job with
        {
            Request = job.Request with
            {
                Prompt = texts + texts, NegativePrompt = texts, AudioNegativePrompt = texts, User = texts[..512],
                ImageUrl = "https://e.com/" + new string('i', 4000), WebhookUrl = "https://e.com/" + new string('w', 2000),
            },
        };
        var status = Succeeded with
        {
            Attempts = [.. lanes.Select((l, i) => new AttemptStatus(
                i, l, AttemptState.Failed, Payments.Samples.Now, Payments.Samples.Now.AddHours(1), FailureClass.ProviderUnavailable))],
            Error = new JobError("image", "url_refused", new string('<', 400)),
        };

        var hook = await RunAsync(job, WebhookEvents.Succeeded, status);

        Assert.InRange(Encoding.UTF8.GetByteCount(hook.Body), 1, WebhookMessage.MaxBodyBytes);
    }

    private async Task<HookInput> RunAsync(VideoJobInput job, string type, JobStatus status)
    {
        var activity = new StartWebhook(new JobResources(_bench.Settings, _bench.Secrets, _bench.Time), OutcomeRecording.BatchReader(new MemoryRecordStore(), _bench.Time));
        await activity.Run(StartWebhookInput.From(job, type, Payments.Samples.Now, status), _engine.Client, default);
        return (await _engine.GetAsync(JobIds.Hook(job.JobId, type))).ReadInputAs<HookInput>()!;
    }

    private async Task<List<OrchestrationMetadata>> InstancesAsync()
    {
        var instances = new List<OrchestrationMetadata>();
        await foreach (var instance in _engine.Client.GetAllInstancesAsync()) instances.Add(instance);
        return instances;
    }
}
