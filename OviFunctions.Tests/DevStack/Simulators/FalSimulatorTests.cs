using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using OviFunctions.DevStack.Simulators;
using OviFunctions.DevStack.Simulators.Fal;
using OviFunctions.Providers;

namespace OviFunctions.Tests.DevStack.Simulators;

/// <summary>The simulator and the provider, each the proof of the other.</summary>
public sealed class FalSimulatorTests
{
    [Fact]
    public async Task Job_WithoutFaults_GoesFromSubmitToVideo()
    {
        await using var stage = await FalStage.OpenAsync(new FalSimulatorOptions());

        var job = await stage.SubmitAsync();
        var callback = Assert.Single(await stage.CallbacksAsync());
        var succeeded = Assert.IsType<ReadResult.Succeeded>(await stage.ReadWhenCompletedAsync(job));

        Assert.Equal(new CallbackResult.Genuine(job.RequestId), await stage.Provider.ReadCallbackAsync(callback, default));
        Assert.Equal(7, succeeded.Video.Seed);
        var video = await stage.Http.GetByteArrayAsync(new Uri(succeeded.Video.Url!));
        Assert.Equal("ftyp", Encoding.ASCII.GetString(video, 4, 4));
        Assert.Equal(["cancel", "response", "status"], job.Urls!.Keys.Order());
        var submit = Assert.Single(stage.Fal.Calls.Entries, c => c.Kind == SimulatorCallKind.Submit);
        Assert.Equal("a cat", submit.Body!.Value.GetProperty("prompt").GetString());
        Assert.Equal(30, submit.Body.Value.GetProperty("num_inference_steps").GetInt32());
        var sent = Assert.Single(await stage.Fal.Callbacks.WaitAsync(c => c.Count > 0, stage.Soon));
        Assert.Equal(new SimulatorCallback(job.RequestId, new Uri(stage.Callbacks.Url, "callbacks/fal/token"), 1, 200), sent);
    }

    [Theory]
    [InlineData(SimulatedOutcome.ContentPolicy, FailureClass.ContentPolicy)]
    [InlineData(SimulatedOutcome.InvalidInput, FailureClass.InvalidInput)]
    [InlineData(SimulatedOutcome.ImageUnreachable, FailureClass.InputUnreachable)]
    [InlineData(SimulatedOutcome.InternalError, FailureClass.ProviderUnavailable)]
    [InlineData(SimulatedOutcome.GenerationTimeout, FailureClass.ProviderTimeout)]
    [InlineData(SimulatedOutcome.RunnerDisconnected, FailureClass.ProviderUnavailable)]
    [InlineData(SimulatedOutcome.Cancelled, FailureClass.Cancelled)]
    [InlineData(SimulatedOutcome.NoVideo, FailureClass.BadResult)]
    public async Task Job_ThatFails_IsReadWithItsClassAndHasAGenuineCallback(SimulatedOutcome outcome, FailureClass expected)
    {
        await using var stage = await FalStage.OpenAsync();
        stage.Fal.Faults.ForNext(new SimulatorFault { Outcome = outcome });

        var job = await stage.SubmitAsync();

        Assert.Equal(expected, (await stage.FailureOfAsync(job)).Class);
        Assert.IsType<CallbackResult.Genuine>(await stage.JudgeCallbackAsync());
    }

    [Theory]
    [InlineData(SimulatedOutcome.ContentPolicy, FailureClass.ContentPolicy)]
    [InlineData(SimulatedOutcome.InternalError, FailureClass.ProviderUnavailable)]
    [InlineData(SimulatedOutcome.GenerationTimeout, FailureClass.ProviderTimeout)]
    public async Task Job_ThatFailsAndWhoseStatusHidesIt_IsReadWithItsClass(SimulatedOutcome outcome, FailureClass expected)
    {
        await using var stage = await FalStage.OpenAsync();
        stage.Fal.Faults.ForNext(new SimulatorFault { Outcome = outcome, StatusHidesError = true });

        Assert.Equal(expected, (await stage.FailureOfAsync(await stage.SubmitAsync())).Class);
    }

    [Theory]
    [InlineData(SubmitFault.Invalid, typeof(SubmitResult.Rejected), 0)]
    [InlineData(SubmitFault.Unauthorized, typeof(SubmitResult.Rejected), 0)]
    [InlineData(SubmitFault.Locked, typeof(SubmitResult.Rejected), 0)]
    [InlineData(SubmitFault.RateLimited, typeof(SubmitResult.Rejected), 0)]
    [InlineData(SubmitFault.ServerError, typeof(SubmitResult.Rejected), 0)]
    [InlineData(SubmitFault.Gone, typeof(SubmitResult.Rejected), 0)]
    [InlineData(SubmitFault.Moderation, typeof(SubmitResult.Rejected), 0)]
    [InlineData(SubmitFault.GatewayErrorBefore, typeof(SubmitResult.Ambiguous), 0)]
    [InlineData(SubmitFault.GatewayErrorAfter, typeof(SubmitResult.Ambiguous), 1)]
    [InlineData(SubmitFault.DropBefore, typeof(SubmitResult.Ambiguous), 0)]
    [InlineData(SubmitFault.DropAfter, typeof(SubmitResult.Ambiguous), 1)]
    [InlineData(SubmitFault.NoRequestId, typeof(SubmitResult.Ambiguous), 1)]
    [InlineData(SubmitFault.ForeignUrls, typeof(SubmitResult.Accepted), 1)]
    public async Task Submit_WithAFault_IsNeverCalledRejectedWhenTheJobExists(SubmitFault fault, Type expected, int taken)
    {
        await using var stage = await FalStage.OpenAsync();
        stage.Fal.Faults.ForNext(new SimulatorFault { Submit = fault });

        var result = await stage.Provider.SubmitAsync(stage.Request(), default);

        Assert.IsType(expected, result);
        Assert.Equal(taken, stage.Fal.TakenJobs.Count);
        Assert.Single(stage.Fal.Calls.Entries);
    }

    [Fact]
    public async Task Submit_WhoseAnswerIsLost_IsFoundAgainByItsCallback()
    {
        await using var stage = await FalStage.OpenAsync();
        stage.Fal.Faults.ForNext(new SimulatorFault { Submit = SubmitFault.DropAfter });
        await stage.Provider.SubmitAsync(stage.Request(), default);

        var callback = Assert.Single(await stage.CallbacksAsync());
        var genuine = Assert.IsType<CallbackResult.Genuine>(await stage.Provider.ReadCallbackAsync(callback, default));

        var named = new ProviderJob(genuine.RequestId, null, "ovi/image-to-video");
        Assert.IsType<ReadResult.Succeeded>(await stage.ReadWhenCompletedAsync(named));
        Assert.IsType<ReadResult.Succeeded>(await stage.ReadWhenCompletedAsync(new ProviderJob(genuine.RequestId)));
    }

    [Fact]
    public async Task Submit_AnsweredWithUrlsElsewhere_IsStillReadAtFal()
    {
        await using var stage = await FalStage.OpenAsync();
        stage.Fal.Faults.ForNext(new SimulatorFault { Submit = SubmitFault.ForeignUrls });

        var job = await stage.SubmitAsync();

        Assert.Empty(job.Urls!);
        Assert.IsType<ReadResult.Succeeded>(await stage.ReadWhenCompletedAsync(job));
    }

    [Fact]
    public async Task Submit_WithTheWrongKey_IsRefused()
    {
        await using var stage = await FalStage.OpenAsync(key: "wrong");

        Assert.IsType<SubmitResult.Rejected>(await stage.Provider.SubmitAsync(stage.Request(), default));
        Assert.IsType<ReadResult.Unavailable>(await stage.Provider.ReadAsync(new ProviderJob("r"), default));
        Assert.Empty(stage.Fal.TakenJobs);
    }

    [Fact]
    public async Task Image_ThatCannotBeDownloaded_FailsTheJob()
    {
        await using var stage = await FalStage.OpenAsync();
        var request = stage.Request() with { ImageUrl = new Uri(stage.ImageUrl, "missing.png") };

        var job = Assert.IsType<SubmitResult.Accepted>(await stage.Provider.SubmitAsync(request, default)).Job;

        Assert.Equal(FailureClass.InputUnreachable, (await stage.FailureOfAsync(job)).Class);
    }

    [Fact]
    public async Task Input_OutOfRange_FailsTheJobAsFalsModelsDo()
    {
        await using var stage = await FalStage.OpenAsync();

        var job = Assert.IsType<SubmitResult.Accepted>(await stage.Provider.SubmitAsync(stage.Request() with { Steps = 51 }, default)).Job;

        var failure = await stage.FailureOfAsync(job);
        Assert.Equal((FailureClass.InvalidInput, "less_than_equal"), (failure.Class, failure.Code));
    }

    [Fact]
    public async Task Reads_ThatFailAtFirst_GetTheVideoInTheEnd()
    {
        await using var stage = await FalStage.OpenAsync();
        stage.Fal.Faults.ForNext(new SimulatorFault { StatusFailures = 2, ResultFailures = 3 });
        var job = await stage.SubmitAsync();
        await stage.CallbacksAsync();

        var reads = new List<ReadResult>();
        for (var i = 0; i < 6; i++) reads.Add(await stage.Provider.ReadAsync(job, default));

        Assert.All(reads[..5], r => Assert.IsType<ReadResult.Unavailable>(r));
        Assert.IsType<ReadResult.Succeeded>(reads[5]);
    }

    [Theory]
    [InlineData(SimulatedOutcome.NeverFinishes)]
    [InlineData(SimulatedOutcome.UnknownStatus)]
    public async Task Job_WithoutAnEnd_RunsUntilItIsCancelled(SimulatedOutcome outcome)
    {
        await using var stage = await FalStage.OpenAsync();
        stage.Fal.Faults.ForNext(new SimulatorFault { Outcome = outcome });
        var job = await stage.SubmitAsync();
        while (await stage.Provider.ReadAsync(job, stage.Soon) != new ReadResult.Running()) { }

        Assert.Equal(CancelResult.Requested, await stage.Provider.CancelAsync(job, default));

        Assert.Equal(FailureClass.Cancelled, (await stage.FailureOfAsync(job)).Class);
        Assert.Equal(CancelResult.AlreadyFinished, await stage.Provider.CancelAsync(job, default));
    }

    [Fact]
    public async Task Cancel_OfAJobInTheQueue_IsConfirmedAndTheJobIsGone()
    {
        await using var stage = await FalStage.OpenAsync(new FalSimulatorOptions { QueueTime = TimeSpan.FromHours(1) });
        var job = await stage.SubmitAsync();
        Assert.Equal(new ReadResult.Running(), await stage.Provider.ReadAsync(job, default));

        Assert.Equal(CancelResult.Confirmed, await stage.Provider.CancelAsync(job, default));

        Assert.Equal(FailureClass.ResultExpired, (await stage.FailureOfAsync(job)).Class);
        Assert.Equal(CancelResult.NotPossible, await stage.Provider.CancelAsync(job, default));
    }

    [Fact]
    public async Task Cancel_ThatIsAcknowledgedAndHasNoEffect_EndsWithAVideo()
    {
        await using var stage = await FalStage.OpenAsync();
        stage.Fal.Faults.ForNext(new SimulatorFault { CancelHasNoEffect = true, ProcessingMilliseconds = 500 });
        var job = await stage.SubmitAsync();
        while (await stage.Provider.ReadAsync(job, stage.Soon) != new ReadResult.Running()) { }

        Assert.Equal(CancelResult.Requested, await stage.Provider.CancelAsync(job, default));

        Assert.IsType<ReadResult.Succeeded>(await stage.ReadWhenCompletedAsync(job));
    }

    [Fact]
    public async Task Media_WithFaults_IsWhatTheySay()
    {
        await using var stage = await FalStage.OpenAsync();
        var whole = new FileInfo(ClipMaker.CommittedClip).Length;

        var truncated = await MediaOfAsync(stage, MediaFault.Truncated);
        Assert.Equal(whole / 2, (await truncated.Content.ReadAsByteArrayAsync()).Length);

        var html = await MediaOfAsync(stage, MediaFault.Html);
        Assert.Equal((HttpStatusCode.OK, "text/html"), (html.StatusCode, html.Content.Headers.ContentType!.MediaType));

        var wrong = await MediaOfAsync(stage, MediaFault.WrongLength);
        Assert.Equal(whole, wrong.Content.Headers.ContentLength);
        await Assert.ThrowsAnyAsync<Exception>(() => wrong.Content.ReadAsByteArrayAsync());

        Assert.Equal(HttpStatusCode.NotFound, (await MediaOfAsync(stage, MediaFault.Missing)).StatusCode);
    }

    [Fact]
    public async Task MediaFailures_EndAndTheFileIsWhole()
    {
        await using var stage = await FalStage.OpenAsync();
        stage.Fal.Faults.ForNext(new SimulatorFault { Media = MediaFault.Missing, MediaFailures = 1 });
        var succeeded = Assert.IsType<ReadResult.Succeeded>(await stage.ReadWhenCompletedAsync(await stage.SubmitAsync()));

        Assert.Equal(HttpStatusCode.NotFound, (await stage.Http.GetAsync(new Uri(succeeded.Video.Url!))).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await stage.Http.GetAsync(new Uri(succeeded.Video.Url!))).StatusCode);
    }

    [Fact]
    public async Task ForPrompt_WithTimes_StrikesSoManySubmitsOfThatPrompt()
    {
        await using var stage = await FalStage.OpenAsync();
        stage.Fal.Faults.ForPrompt("a dog", new SimulatorFault { Submit = SubmitFault.Locked }, times: 1);

        Assert.IsType<SubmitResult.Accepted>(await stage.Provider.SubmitAsync(stage.Request("a cat"), default));
        Assert.IsType<SubmitResult.Rejected>(await stage.Provider.SubmitAsync(stage.Request("a dog"), default));
        Assert.IsType<SubmitResult.Accepted>(await stage.Provider.SubmitAsync(stage.Request("a dog"), default));
    }

    [Fact]
    public async Task Faults_OverHttp_WorkAsInProcess()
    {
        await using var stage = await FalStage.OpenAsync();
        await OrderAsync(stage, """{"fault":{"outcome":"internal_error"},"scope":"all"}""");
        await OrderAsync(stage, """{"fault":{"outcome":"content_policy"},"scope":"prompt","text":"forbidden"}""");
        await OrderAsync(stage, """{"fault":{"submit":"gateway_error_before"}}""");

        Assert.IsType<SubmitResult.Ambiguous>(await stage.Provider.SubmitAsync(stage.Request(), default));
        Assert.Equal(FailureClass.ContentPolicy, await ClassAsync("something forbidden"));
        Assert.Equal(FailureClass.ProviderUnavailable, await ClassAsync("a cat"));

        (await stage.Http.DeleteAsync(new Uri(stage.Fal.Url, "_faults"))).EnsureSuccessStatusCode();
        Assert.IsType<ReadResult.Succeeded>(await stage.ReadWhenCompletedAsync(await stage.SubmitAsync("something forbidden")));

        async Task<FailureClass> ClassAsync(string prompt) =>
            (await stage.FailureOfAsync(await stage.SubmitAsync(prompt))).Class;
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"fault":{"outcom":"internal_error"}}""")]
    [InlineData("""{"fault":{"outcome":"no_such_thing"}}""")]
    [InlineData("""{"fault":{},"scope":"some"}""")]
    [InlineData("""{"fault":{},"scope":"prompt"}""")]
    [InlineData("nonsense")]
    public async Task Faults_OverHttpThatAreNone_AreRefused(string body)
    {
        await using var stage = await FalStage.OpenAsync();

        var refused = await Assert.ThrowsAsync<HttpRequestException>(() => OrderAsync(stage, body));

        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
    }

    [Fact]
    public async Task Calls_OverHttp_TellWhatHappened()
    {
        await using var stage = await FalStage.OpenAsync();
        var job = await stage.SubmitAsync();
        await stage.Fal.Callbacks.WaitAsync(c => c.Count == 1, stage.Soon);

        var seen = await stage.Http.GetFromJsonAsync<JsonElement>(new Uri(stage.Fal.Url, "_calls"));

        Assert.Equal("submit", seen.GetProperty("calls")[0].GetProperty("kind").GetString());
        Assert.Equal(job.RequestId, seen.GetProperty("callbacks")[0].GetProperty("request_id").GetString());
    }

    private static async Task OrderAsync(FalStage stage, string fault)
    {
        using var content = new StringContent(fault, Encoding.UTF8, "application/json");
        (await stage.Http.PostAsync(new Uri(stage.Fal.Url, "_faults"), content)).EnsureSuccessStatusCode();
    }

    private static async Task<HttpResponseMessage> MediaOfAsync(FalStage stage, MediaFault fault)
    {
        stage.Fal.Faults.ForNext(new SimulatorFault { Media = fault });
        var succeeded = Assert.IsType<ReadResult.Succeeded>(await stage.ReadWhenCompletedAsync(await stage.SubmitAsync()));
        return await stage.Http.GetAsync(new Uri(succeeded.Video.Url!), HttpCompletionOption.ResponseHeadersRead);
    }
}
