using Microsoft.Extensions.Logging.Abstractions;
using OviFunctions.Functions;
using OviFunctions.Jobs;
using OviFunctions.Orchestrations;
using OviFunctions.Secrets;
using OviFunctions.Tests.Providers.OpenAiVideos;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Functions;

/// <summary>Callbacks that name a provider's job only: signature, our record, then only a hint for the attempt.</summary>
public sealed class ProjectCallbackFunctionTests
{
    private const string Job = JobSamples.KeyJobId;

    private readonly MemoryRecordStore _records = new();
    private readonly MemoryTaskClient _client = new();
    private readonly VideosAccount _account = new();

    public ProjectCallbackFunctionTests() => _client.Add(JobSamples.KeyJob with { JobId = JobIds.Attempt(Job, 1) }, new JobStatus { State = JobState.Running });

    [Fact]
    public async Task Run_VideoOfOurs_WakesItsAttempt()
    {
        await NoteAsync("video_1");

        Assert.Equal(200, (await CallAsync("video_1")).Status);

        var (instance, name, payload) = Assert.Single(_client.Events);
        Assert.Equal((JobIds.Attempt(Job, 1), JobEvents.Callback), (instance, name));
        Assert.Equal(new CallbackSignal(2, "video_1"), payload);
    }

    [Fact]
    public async Task Run_VideoOfSomebodyElseInTheProject_IsAcknowledgedAndNobodyIsTold()
    {
        await NoteAsync("video_1");

        Assert.Equal(200, (await CallAsync("video_2")).Status);
        Assert.Empty(_client.Events);
    }

    [Fact]
    public async Task Run_ForgedSignature_Is401AndNobodyIsTold()
    {
        await NoteAsync("video_1");

        Assert.Equal(401, (await CallAsync("video_1", forged: true)).Status);
        Assert.Empty(_client.Events);
    }

    [Fact]
    public async Task Run_AttemptThatHasEnded_IsAcknowledged()
    {
        _client.Add(JobSamples.KeyJob with { JobId = JobIds.Attempt(Job, 1) }, new JobStatus { State = JobState.Succeeded, CompletedAt = JobSamples.CreatedAt });
        await NoteAsync("video_1");

        Assert.Equal(200, (await CallAsync("video_1")).Status);
    }

    [Fact]
    public async Task Run_UnknownAccountOrOneWithoutASecret_Is404()
    {
        Assert.Equal(404, (await CallAsync("video_1", name: "other")).Status);
        Assert.Equal(404, (await CallAsync("video_1", account: new VideosAccount(secret: null))).Status);
    }

    private Task NoteAsync(string id) => _records.TryCreateAsync(RecordNames.ProviderJob("videos", id), new CallbackAddress(Job, 1, 2), default);

    private async Task<HttpExchange> CallAsync(string id, string name = "videos", bool forged = false, VideosAccount? account = null)
    {
        var callback = _account.Callback($$$"""{"id":"evt_1","type":"video.completed","data":{"id":"{{{id}}}"}}""");
        var exchange = new HttpExchange("POST", "/", [.. callback.Headers.Select(h => (h.Key, forged && h.Key == "webhook-signature" ? "v1,AAAA" : h.Value))])
            .WithBody(callback.Body.ToArray());
        var function = new ProjectCallbackFunction(
            new OviFunctions.Providers.ProviderCatalog([(account ?? _account).Provider]), _records, NullLogger<ProjectCallbackFunction>.Instance);
        return await exchange.AnswerAsync(await function.RunAsync(exchange.Request, name, _client, default));
    }
}
