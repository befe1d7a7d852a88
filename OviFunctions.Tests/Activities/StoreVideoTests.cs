using Azure.Storage.Blobs;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using OviFunctions.Activities;
using OviFunctions.Http.Egress;
using OviFunctions.Jobs;
using OviFunctions.Media;
using OviFunctions.Payments.Ledger;
using OviFunctions.Providers;
using OviFunctions.Tests.Media;
using OviFunctions.Tests.Support;
using static OviFunctions.Tests.Orchestrations.OrchestrationSamples;

namespace OviFunctions.Tests.Activities;

/// <summary>Videos on their way from a provider into storage: by a link, or in the answer to the submit.</summary>
[Collection(nameof(AzuriteTests))]
public sealed class StoreVideoTests(AzuriteFixture azurite) : IAsyncLifetime
{
    private static readonly byte[] Clip = MediaSample.Read("video-audio.mp4");

    private BlobContainerClient _container = null!;
    private ActivityBench _bench = null!;
    private LoopbackServer _media = null!;
    private EgressGuard _egress = null!;
    private RequestDelegate _answer = context => context.Response.Body.WriteAsync(Clip).AsTask();

    public async Task InitializeAsync()
    {
        _container = await azurite.NewContainerAsync();
        _bench = new ActivityBench(_container);
        _media = await LoopbackServer.StartAsync(context => _answer(context));
        _egress = new EgressGuard(
            new EgressOptions { AllowedHosts = [$"127.0.0.1:{_media.Port}"] }, TimeProvider.System, NullLogger<EgressGuard>.Instance);
    }

    public async Task DisposeAsync()
    {
        _egress.Dispose();
        await _media.DisposeAsync();
    }

    [Fact]
    public async Task Run_Twice_FetchesOnceAndAnswersTheSame()
    {
        var step = await ActivityBench.TwiceAsync(() => RunAsync());

        Assert.Equal((JobIds.VideoBlob(JobId, 1), (long)Clip.Length, 7L), (step.Video!.File.Blob, step.Video.File.Bytes, step.Video.Seed));
        Assert.Equal(1, _media.Requests);
    }

    [Fact]
    public async Task Run_LanesOfOneJob_HaveTheirOwnVideos()
    {
        await RunAsync();
        _answer = context => context.Response.Body.WriteAsync(MediaSample.Read("video-only.mp4")).AsTask();

        var other = await RunAsync(lane: 0);

        Assert.False(other.Video!.File.Info.HasAudio);
    }

    [Theory]
    [InlineData(404, FailureClass.ResultExpired, true)] // the link may have expired; a read gives a fresh one
    [InlineData(403, FailureClass.ResultExpired, true)]
    [InlineData(410, FailureClass.ResultExpired, true)]
    [InlineData(503, FailureClass.ProviderUnavailable, true)]
    [InlineData(429, FailureClass.ProviderUnavailable, true)]
    [InlineData(400, FailureClass.ProviderUnavailable, false)]
    public async Task Run_HostAnswersWithAnError_ClassAndWhetherItMayPass(int status, FailureClass reason, bool mayPass)
    {
        _answer = context =>
        {
            context.Response.StatusCode = status;
            return Task.CompletedTask;
        };

        var step = await ActivityBench.TwiceAsync(() => RunAsync());

        Assert.Equal((null, reason, mayPass), (step.Video, step.Failure?.Class, step.MayPass));
    }

    [Theory]
    [InlineData("cut", true)]
    [InlineData("html", false)]
    [InlineData("sound", false)]
    public async Task Run_ContentIsNotAVideo_OnlyWhatMayHaveBeenCutShortMayPass(string kind, bool mayPass)
    {
        var content = kind switch
        {
            "cut" => Clip[..(Clip.Length / 2)],
            "html" => "<html>Just a moment...</html>"u8.ToArray(),
            _ => MediaSample.Read("audio-only.mp4"),
        };
        _answer = context => context.Response.Body.WriteAsync(content).AsTask();

        var step = await ActivityBench.TwiceAsync(() => RunAsync());

        Assert.Equal((null, FailureClass.BadResult, mayPass), (step.Video, step.Failure?.Class, step.MayPass));
        Assert.Null(await _bench.Videos.FindAsync(JobId, 1, 7, default));
    }

    [Fact]
    public async Task Run_ConnectionBreaks_MayPass()
    {
        _answer = async context =>
        {
            context.Response.ContentLength = Clip.Length;
            await context.Response.Body.WriteAsync(Clip.AsMemory(0, 1000));
            context.Abort();
        };

        Assert.True((await RunAsync()).MayPass);
    }

    [Theory]
    [InlineData("http://169.254.169.254/latest/meta-data")]
    [InlineData("ftp://media.example.com/1.mp4")]
    [InlineData(null)]
    public async Task Run_UrlThatIsNotAllowed_IsABadResultForGood(string? url)
    {
        var step = await RunAsync(url: url!);

        Assert.Equal((null, FailureClass.BadResult, false), (step.Video, step.Failure?.Class, step.MayPass));
    }

    [Fact]
    public async Task Run_VideoIsOverTheLimit_IsABadResultForGood()
    {
        _bench.Settings.Jobs.MaxVideoMegabytes = 1;
        _answer = async context =>
        {
            await context.Response.Body.WriteAsync(Clip);
            await context.Response.Body.WriteAsync(new byte[2 << 20]);
        };

        var step = await RunAsync();

        Assert.Equal(("too_large", false), (step.Failure?.Code, step.MayPass));
    }

    [Fact]
    public async Task Submit_AnswerIsTheVideo_IsStoredAndKnownToTheNextRun()
    {
        _bench.Provider.Submit = (_, _) => Task.FromResult<SubmitResult>(
            new SubmitResult.Finished(new ProviderVideo(null, 99, new MemoryStream(Clip))));

        var step = await ActivityBench.TwiceAsync(() => SubmitAsync());

        Assert.Equal((SubmitState.Finished, 99L, (long)Clip.Length), (step.State, step.Video!.Seed, step.Video.File.Bytes));
        Assert.Equal(1, _bench.Provider.Submits);
    }

    [Fact]
    public async Task Run_VideoWithoutAUrl_IsOpenedAtItsProviderOnceAndItsStreamClosed()
    {
        var content = new MemoryStream(Clip);
        var opened = new List<ProviderJob>();
        _bench.Provider.Open = job =>
        {
            opened.Add(job);
            return new ContentResult.Opened(content);
        };

        var step = await ActivityBench.TwiceAsync(() => OpenAsync());

        Assert.Equal((long)Clip.Length, step.Video!.File.Bytes);
        Assert.Equal("v1", Assert.Single(opened).RequestId);
        Assert.False(content.CanRead);
        Assert.Equal(0, _media.Requests);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Run_ProviderLeadsElsewhere_OnlyWhereTheEgressRulesAllow(bool isAllowed)
    {
        _bench.Provider.Open = _ => new ContentResult.Elsewhere(isAllowed ? $"http://127.0.0.1:{_media.Port}/clip.mp4" : "http://169.254.169.254/clip.mp4");

        var step = await ActivityBench.TwiceAsync(() => OpenAsync());

        Assert.Equal((isAllowed, isAllowed ? null : FailureClass.BadResult), (step.Video is not null, step.Failure?.Class));
        Assert.Equal(isAllowed ? 1 : 0, _media.Requests);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Run_ProviderDoesNotOpenIt_SaysWhyAndWhetherItMayPass(bool mayPass)
    {
        _bench.Provider.Open = _ => new ContentResult.Failed(new ProviderFailure(FailureClass.ResultExpired, "c", "m"), mayPass);

        Assert.Equal(new StoreStep(null, new ProviderFailure(FailureClass.ResultExpired, "c", "m"), mayPass), await OpenAsync());
    }

    [Fact]
    public async Task Run_VideoWithoutAUrlOfAnAccountThatIsGone_FailsForGood()
    {
        var step = await OpenAsync("gone");

        Assert.Equal((FailureClass.ProviderUnavailable, false), (step.Failure!.Class, step.MayPass));
    }

    private Task<StoreStep> OpenAsync(string provider = "fal") => new StoreVideo(_egress, _bench.Videos, _bench.Catalog).Run(
        new StoreVideoInput(JobId, 1, null, 7) { Provider = provider, Job = new ProviderJob("v1") }, default);

    [Fact]
    public async Task Submit_VideoIsStoredAndTheJournalsLineIsNot_VideoIsFound()
    {
        _bench.Provider.Submit = (_, _) =>
        {
            _bench.Records.Before = (call, _) =>
                call == RecordCall.Replace ? throw new IOException("The process ends here.") : Task.CompletedTask;
            return Task.FromResult<SubmitResult>(new SubmitResult.Finished(new ProviderVideo(null, null, new MemoryStream(Clip))));
        };

        var step = await ActivityBench.TwiceAsync(() => SubmitAsync());

        Assert.Equal((SubmitState.Finished, (long)Clip.Length), (step.State, step.Video!.File.Bytes));
        Assert.Equal(1, _bench.Provider.Submits);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Submit_ProviderTakesTheImageItself_HasItAndItsKind(bool takes)
    {
        var picture = MediaSample.Read("picture.jpg");
        Assert.True(ImageSource.TryParse(System.Text.Encoding.ASCII.GetBytes(Convert.ToBase64String(picture)), out var source, out _));
        await _bench.Images.StoreAsync(source, JobIds.ImageBlob(JobId), default);
        _bench.Provider.TakesImageBytes = takes;

        await SubmitAsync();

        var image = _bench.Provider.LastRequest!.Image;
        Assert.Equal(takes ? "image/jpeg" : null, image?.MediaType);
        Assert.Equal(takes ? picture : null, image?.Bytes.ToArray());
    }

    [Fact]
    public async Task Submit_AnswerIsNoVideo_IsRejectedAndItsStreamClosed()
    {
        var content = new MemoryStream("nonsense"u8.ToArray());
        _bench.Provider.Answers(new SubmitResult.Finished(new ProviderVideo(null, null, content)));

        var step = await ActivityBench.TwiceAsync(() => SubmitAsync());

        Assert.Equal((SubmitState.Rejected, FailureClass.BadResult), (step.State, step.Failure?.Class));
        Assert.False(content.CanRead);
    }

    [Theory]
    [InlineData("nothing", SubmitState.Rejected)] // whole, and no video: another call may make one
    [InlineData("half", SubmitState.Ambiguous)] // a video was made, and nobody can ask for it again
    public async Task Submit_AnswerWithoutAWholeVideo_IsBilledAllTheSame(string kind, SubmitState state)
    {
        var bytes = kind == "half" ? Clip[..(Clip.Length / 2)] : "<html>Just a moment...</html>"u8.ToArray();
        _bench.Provider.Answers(new SubmitResult.Finished(new ProviderVideo(null, null, new MemoryStream(bytes))));
        var input = SubmitToProviderInput.From(Attempt(), 1) with { CostUsd = 0.25m };

        var step = await ActivityBench.TwiceAsync(() => _bench.SubmitActivity.Run(input, default));

        Assert.Equal((state, 1), (step.State, _bench.Provider.Submits));
        var cost = Assert.Single(await new LedgerReader(_bench.Records).OfJobAsync(JobId, default));
        Assert.Equal((LedgerEntryType.ProviderCost, 250_000), (cost.Type, cost.AmountAtomic));
    }

    [Fact]
    public async Task Submit_LedgerCannotBeWrittenAfterABrokenAnswer_NextRunRecordsTheCost()
    {
        _bench.Provider.Answers(new SubmitResult.Finished(new ProviderVideo(null, null, new MemoryStream(Clip[..(Clip.Length / 2)]))));
        _bench.Records.Before = (_, name) =>
            name.StartsWith(RecordNames.LedgerEntries, StringComparison.Ordinal) ? throw new IOException("no storage") : Task.CompletedTask;
        await Assert.ThrowsAsync<IOException>(() => SubmitAsync());
        _bench.Records.Before = null;

        await SubmitAsync();

        Assert.Single(await new LedgerReader(_bench.Records).OfJobAsync(JobId, default));
    }

    private Task<StoreStep> RunAsync(int lane = 1, string? url = "clip") => new StoreVideo(_egress, _bench.Videos, _bench.Catalog).Run(
        new StoreVideoInput(JobId, lane, url == "clip" ? $"http://127.0.0.1:{_media.Port}/clip.mp4?sig=secret" : url!, 7), default);

    private Task<SubmitStep> SubmitAsync() => _bench.SubmitActivity.Run(SubmitToProviderInput.From(Attempt(), 1), default);
}
