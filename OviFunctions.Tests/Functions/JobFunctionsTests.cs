using Microsoft.DurableTask.Client;
using OviFunctions.Functions;
using OviFunctions.Http;
using OviFunctions.Jobs;
using OviFunctions.Secrets;
using OviFunctions.Tests.Secrets;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Functions;

/// <summary>Reading and cancelling a job.</summary>
public sealed class JobFunctionsTests
{
    private static readonly VideoJobInput Job = JobSamples.PaidJob;

    private readonly ManualTimeProvider _clock = new();
    private readonly MemoryRecordStore _records = new();
    private readonly MemoryTaskClient _client = new();
    private readonly JobSecrets _secrets = new(KeyRingTests.Of("k1"));
    private readonly JobFunctions _functions;

    public JobFunctionsTests()
    {
        var settings = TestSettings.Read();
        _functions = new JobFunctions(new JobAccess(_secrets, new ApiKeys(settings, _clock)), new JobReader(_records, _clock, HostLifetime.Running()), new JobResources(settings, _secrets, _clock),
            OutcomeRecording.BatchReader(_records, _clock));
    }

    [Fact]
    public async Task Get_RunningJob_Is200AndNotCached()
    {
        _client.Add(Job, new JobStatus { State = JobState.Running, Money = MoneyState.Settled });

        var answer = await GetAsync();

        Assert.Equal((200, "private, no-store", "2", "*"), (
            answer.Status, answer.Header("Cache-Control"), answer.Header("Retry-After"), answer.Header("Access-Control-Allow-Origin")));
        Assert.Equal((Job.JobId, "running"), (answer.Json.GetProperty("job").GetProperty("id").GetString(), answer.Json.GetProperty("job").GetProperty("status").GetString()));
        Assert.Null(answer.Header("Preference-Applied"));
        Assert.False(answer.Json.TryGetProperty("job_token", out _));
        Assert.False(answer.Json.TryGetProperty("webhook_secret", out _));
    }

    [Fact]
    public async Task Get_FinishedJob_DoesNotAskToComeAgain()
    {
        _client.Add(Job, new JobStatus { State = JobState.Canceled });

        Assert.Null((await GetAsync()).Header("Retry-After"));
    }

    [Fact]
    public async Task Get_WithoutTheJobsToken_Is404AsForNoJob()
    {
        _client.Add(Job, new JobStatus { State = JobState.Running });

        var stranger = await GetAsync(token: _secrets.JobToken("k1", JobSamples.KeyJobId));
        _client.Purge(Job.JobId);
        var missing = await GetAsync();

        Assert.Equal((404, "job_not_found"), (stranger.Status, stranger.Json.GetProperty("code").GetString()));
        Assert.Equal((stranger.Status, stranger.Text), (missing.Status, missing.Text));
    }

    [Theory]
    [InlineData("wait=10", "wait=10", 10)]
    [InlineData("respond-async, wait=10", "wait=10", 10)]
    [InlineData("WAIT=10; foo=bar", "wait=10", 10)]
    [InlineData("wait=3600", "wait=60", 60)]
    [InlineData("wait=0", "wait=0", 0)]
    public async Task Get_PreferWait_WaitsAndSaysHowLong(string prefer, string applied, int seconds)
    {
        _client.Add(Job, new JobStatus { State = JobState.Running });
        var started = _clock.GetUtcNow();

        var answer = await _clock.RunAsync(GetAsync(("Prefer", prefer)), TimeSpan.FromSeconds(1));

        Assert.Equal((200, applied), (answer.Status, answer.Header("Preference-Applied")));
        Assert.InRange((_clock.GetUtcNow() - started).TotalSeconds, seconds, seconds + 2);
    }

    [Theory]
    [InlineData("wait=-1")]
    [InlineData("wait=soon")]
    [InlineData("wait=99999999999999")]
    [InlineData("awaits=5")]
    [InlineData("")]
    public async Task Get_PreferThatSaysNoTime_AnswersAtOnce(string prefer)
    {
        _client.Add(Job, new JobStatus { State = JobState.Running });

        var answer = await GetAsync(("Prefer", prefer));

        Assert.Equal(200, answer.Status);
        Assert.Null(answer.Header("Preference-Applied"));
    }

    [Fact]
    public async Task Get_JobEndsWhileWaiting_IsAnsweredThen()
    {
        _client.Add(Job, new JobStatus { State = JobState.Running });
        var waiting = GetAsync(("Prefer", "wait=60"));
        await _clock.WaiterAsync();

        _client.Set(Job.JobId, new JobStatus { State = JobState.Failed, Error = JobErrors.Internal });

        var answer = await _clock.RunAsync(waiting, TimeSpan.FromMilliseconds(50));
        Assert.Equal("failed", answer.Json.GetProperty("job").GetProperty("status").GetString());
    }

    [Fact]
    public async Task Cancel_RunningJob_IsAccepted()
    {
        _client.Add(Job, new JobStatus { State = JobState.Running });

        var answer = await CancelAsync();

        Assert.Equal((202, "running"), (answer.Status, answer.Json.GetProperty("job").GetProperty("status").GetString()));
        Assert.Equal((Job.JobId, JobEvents.Cancel), (_client.Events.Single().InstanceId, _client.Events.Single().Event));
    }

    [Fact]
    public async Task Cancel_FinishedJob_IsTheJobAsItEnded()
    {
        _client.Add(Job, new JobStatus { State = JobState.Failed, Error = JobErrors.Internal }, OrchestrationRuntimeStatus.Completed);

        var answer = await CancelAsync();

        Assert.Equal((200, "failed"), (answer.Status, answer.Json.GetProperty("job").GetProperty("status").GetString()));
        Assert.Empty(_client.Events);
    }

    [Fact]
    public async Task Cancel_JobThatNobodyCanBeToldOfYet_IsNotAccepted()
    {
        await _records.TryCreateAsync(RecordNames.Claim(Job.JobId), JobSamples.ClaimOf(Job), default);

        var answer = await CancelAsync();

        Assert.Equal((409, "job_not_started", "5"), (answer.Status, answer.Json.GetProperty("code").GetString(), answer.Header("Retry-After")));
    }

    [Fact]
    public async Task Cancel_PurgedJob_IsTheJobAsItEnded()
    {
        await _records.TryCreateAsync(RecordNames.Claim(Job.JobId), JobSamples.ClaimOf(Job), default);
        await _records.TryCreateAsync(RecordNames.Outcome(Job.JobId), JobSamples.OutcomeOf(Job, JobOutcome.Unpaid, JobErrors.Internal), default);

        Assert.Equal(200, (await CancelAsync()).Status);
    }

    [Fact]
    public async Task Cancel_WithoutTheJobsToken_Is404AndNothingHappens()
    {
        _client.Add(Job, new JobStatus { State = JobState.Running });

        var answer = await CancelAsync("ovt_k1_AAAA");

        Assert.Equal(404, answer.Status);
        Assert.Empty(_client.Events);
        Assert.Equal(404, (await CancelAsync(jobId: JobSamples.PaidJobOf(2).JobId)).Status);
    }

    private Task<HttpExchange> GetAsync(params (string Name, string Value)[] headers) => GetAsync(_secrets.JobToken("k1", Job.JobId), headers);

    private async Task<HttpExchange> GetAsync(string token, params (string Name, string Value)[] headers)
    {
        var exchange = new HttpExchange("GET", $"/v1/videos/jobs/{Job.JobId}", [("Authorization", $"Bearer {token}"), .. headers]);
        return await exchange.AnswerAsync(await _functions.GetAsync(exchange.Request, Job.JobId, _client, default));
    }

    private async Task<HttpExchange> CancelAsync(string? token = null, string? jobId = null)
    {
        jobId ??= Job.JobId;
        var exchange = new HttpExchange("DELETE", $"/v1/videos/jobs/{jobId}", ("Authorization", $"Bearer {token ?? _secrets.JobToken("k1", jobId)}"));
        return await exchange.AnswerAsync(await _functions.CancelAsync(exchange.Request, jobId, _client, default));
    }
}
