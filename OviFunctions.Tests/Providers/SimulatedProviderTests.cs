using System.Threading.Channels;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using OviFunctions.Configuration;
using OviFunctions.DevStack.Simulators;
using OviFunctions.DevStack.Simulators.Segmind;
using OviFunctions.DevStack.Simulators.WaveSpeed;
using OviFunctions.Providers;
using OviFunctions.Providers.Segmind;
using OviFunctions.Providers.WaveSpeed;
using OviFunctions.Tests.DevStack.Simulators;
using LoopbackServer = OviFunctions.Tests.Support.LoopbackServer;

namespace OviFunctions.Tests.Providers;

/// <summary>
/// WaveSpeed's and Segmind's providers at the simulators, which were written from the vendors' pages by somebody else and proven
/// by the vendors' own clients.
/// </summary>
public sealed class SimulatedProviderTests : IAsyncLifetime
{
    private readonly Channel<ProviderCallback> _callbacks = Channel.CreateUnbounded<ProviderCallback>();
    private readonly CancellationTokenSource _soon = new(TimeSpan.FromSeconds(30));
    private LoopbackServer _us = null!;
    private WaveSpeedSimulator _waveSpeed = null!;
    private SegmindSimulator _segmind = null!;

    public async Task InitializeAsync()
    {
        _us = await LoopbackServer.StartAsync(AnswerAsync);
        _waveSpeed = await WaveSpeedSimulator.StartAsync(new WaveSpeedSimulatorOptions { RenderClips = false });
        _segmind = await SegmindSimulator.StartAsync(new SegmindSimulatorOptions { RenderClips = false });
    }

    public async Task DisposeAsync()
    {
        await _waveSpeed.DisposeAsync();
        await _segmind.DisposeAsync();
        await _us.DisposeAsync();
        _soon.Dispose();
    }

    [Fact]
    public async Task WaveSpeed_Job_IsMadeAndToldByACallbackThatIsBelieved()
    {
        var provider = WaveSpeed();

        var job = Assert.IsType<SubmitResult.Accepted>(await provider.SubmitAsync(Request(), default)).Job;
        var callback = await provider.ReadCallbackAsync(await _callbacks.Reader.ReadAsync(_soon.Token), default);

        Assert.Equal(new CallbackResult.Genuine(job.RequestId), callback);
        Assert.StartsWith($"{_waveSpeed.Url}files/", Assert.IsType<ReadResult.Succeeded>(await provider.ReadAsync(job, default)).Video.Url);
        Assert.Null(await provider.CheckAsync(default));
    }

    [Theory]
    [InlineData(WebhookFault.Forged)]
    [InlineData(WebhookFault.NotSigned)]
    public async Task WaveSpeed_CallbackOfAStranger_IsRefused(WebhookFault fault)
    {
        _waveSpeed.Faults.ForAll(new SimulatorFault { Webhook = fault });
        var provider = WaveSpeed();

        await provider.SubmitAsync(Request(), default);

        Assert.IsType<CallbackResult.Refused>(await provider.ReadCallbackAsync(await _callbacks.Reader.ReadAsync(_soon.Token), default));
    }

    [Fact]
    public async Task Segmind_Job_IsMadeAndRead()
    {
        var provider = Segmind(SegmindVersion.V2);

        var job = Assert.IsType<SubmitResult.Accepted>(await provider.SubmitAsync(Request(), default)).Job;

        Assert.StartsWith($"{_segmind.Url}files/", Assert.IsType<ReadResult.Succeeded>(await EndAsync(provider, job)).Video.Url);
        Assert.Null(await provider.CheckAsync(default));
    }

    [Fact]
    public async Task Segmind_VersionOne_AnswersWithTheBytesAndTheSeed()
    {
        var video = Assert.IsType<SubmitResult.Finished>(await Segmind(SegmindVersion.V1).SubmitAsync(Request(), default)).Video;

        await using var content = video.Content!;
        var start = new byte[8];
        await content.ReadExactlyAsync(start, _soon.Token);
        Assert.Equal("ftyp"u8.ToArray(), start[4..]);
        Assert.Equal(42, video.Seed);
    }

    [Theory]
    [InlineData(SubmitFault.Invalid, FailureClass.InvalidInput, FailureClass.InvalidInput)]
    [InlineData(SubmitFault.Unauthorized, FailureClass.ProviderUnavailable, FailureClass.ProviderUnavailable)]
    [InlineData(SubmitFault.Locked, FailureClass.ProviderCredits, FailureClass.ProviderCredits)]
    [InlineData(SubmitFault.RateLimited, FailureClass.RateLimited, FailureClass.RateLimited)]
    [InlineData(SubmitFault.ServerError, null, FailureClass.ProviderUnavailable)]
    [InlineData(SubmitFault.GatewayErrorBefore, null, null)]
    [InlineData(SubmitFault.GatewayErrorAfter, null, null)]
    [InlineData(SubmitFault.DropBefore, null, null)]
    [InlineData(SubmitFault.DropAfter, null, null)]
    [InlineData(SubmitFault.Gone, FailureClass.ProviderUnavailable, FailureClass.ProviderUnavailable)]
    [InlineData(SubmitFault.Moderation, FailureClass.ContentPolicy, FailureClass.ContentPolicy)]
    public async Task SubmitAsync_Fault_IsRejectedInOurTermsOrAmbiguous(SubmitFault fault, FailureClass? waveSpeed, FailureClass? segmind)
    {
        _waveSpeed.Faults.ForAll(new SimulatorFault { Submit = fault });
        _segmind.Faults.ForAll(new SimulatorFault { Submit = fault });

        foreach (var (provider, expected) in new (IVideoProvider, FailureClass?)[]
            { (WaveSpeed(), waveSpeed), (Segmind(SegmindVersion.V1), segmind), (Segmind(SegmindVersion.V2), segmind) })
        {
            var result = await provider.SubmitAsync(Request(), default);

            if (expected is null) Assert.IsType<SubmitResult.Ambiguous>(result);
            else Assert.Equal(expected, Assert.IsType<SubmitResult.Rejected>(result).Failure.Class);
        }
    }

    [Fact]
    public async Task SubmitAsync_TooManyRequestsAtSegmind_SaysForHowLong()
    {
        _segmind.Faults.ForAll(new SimulatorFault { Submit = SubmitFault.RateLimited });

        var rejected = Assert.IsType<SubmitResult.Rejected>(await Segmind(SegmindVersion.V2).SubmitAsync(Request(), default));

        Assert.InRange(rejected.Failure.RetryAfterSeconds!.Value, 0, 3);
    }

    [Theory]
    [InlineData(SimulatedOutcome.ContentPolicy, FailureClass.ContentPolicy, FailureClass.ContentPolicy)]
    [InlineData(SimulatedOutcome.Flagged, FailureClass.ContentPolicy, null)]
    [InlineData(SimulatedOutcome.InvalidInput, FailureClass.InvalidInput, FailureClass.InvalidInput)]
    [InlineData(SimulatedOutcome.ImageUnreachable, FailureClass.InputUnreachable, FailureClass.InputUnreachable)]
    [InlineData(SimulatedOutcome.InternalError, FailureClass.ProviderUnavailable, FailureClass.ProviderUnavailable)]
    [InlineData(SimulatedOutcome.RunnerDisconnected, FailureClass.ProviderUnavailable, FailureClass.ProviderUnavailable)]
    [InlineData(SimulatedOutcome.GenerationTimeout, FailureClass.ProviderTimeout, FailureClass.ProviderTimeout)]
    [InlineData(SimulatedOutcome.NoVideo, FailureClass.BadResult, FailureClass.BadResult)]
    [InlineData(SimulatedOutcome.Cancelled, FailureClass.ProviderUnavailable, null)]
    [InlineData(SimulatedOutcome.Deleted, FailureClass.ResultExpired, null)]
    public async Task ReadAsync_Outcome_IsAFailureInOurTerms(SimulatedOutcome outcome, FailureClass waveSpeed, FailureClass? segmind)
    {
        _waveSpeed.Faults.ForAll(new SimulatorFault { Outcome = outcome });
        _segmind.Faults.ForAll(new SimulatorFault { Outcome = outcome });

        Assert.Equal(waveSpeed, await FailureAsync(WaveSpeed()));
        if (segmind is null) return; // which has nothing like it
        Assert.Equal(segmind, await FailureAsync(Segmind(SegmindVersion.V2)));

        // Of version 1, the answer to the submit is the end.
        var rejected = Assert.IsType<SubmitResult.Rejected>(await Segmind(SegmindVersion.V1).SubmitAsync(Request(), default));
        Assert.Equal((segmind, outcome == SimulatedOutcome.NoVideo), (rejected.Failure.Class, rejected.Billed));
    }

    private static async Task<ReadResult> EndAsync(IVideoProvider provider, ProviderJob job)
    {
        var result = await provider.ReadAsync(job, default);
        for (; result is ReadResult.Running; result = await provider.ReadAsync(job, default)) await Task.Yield();
        return result;
    }

    private async Task<FailureClass> FailureAsync(IVideoProvider provider)
    {
        var job = Assert.IsType<SubmitResult.Accepted>(await provider.SubmitAsync(Request(), default)).Job;
        return Assert.IsType<ReadResult.Failed>(await EndAsync(provider, job)).Failure.Class;
    }

    private async Task AnswerAsync(HttpContext context)
    {
        if (HttpMethods.IsGet(context.Request.Method))
        {
            await context.Response.Body.WriteAsync(TestImages.Png);
            return;
        }

        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        await _callbacks.Writer.WriteAsync(new ProviderCallback(
            context.Request.Headers.ToDictionary(h => h.Key.ToLowerInvariant(), h => h.Value.ToString()), body.ToArray()));
    }

    private SubmitRequest Request() => ProviderRequests.Image() with
    {
        ImageUrl = new Uri($"http://127.0.0.1:{_us.Port}/image"), CallbackUrl = new Uri($"http://127.0.0.1:{_us.Port}/callback"),
    };

    private WaveSpeedProvider WaveSpeed() => new(
        new WaveSpeedOptions { Key = _waveSpeed.Options.Key, BaseUrl = _waveSpeed.BaseUrl, WebhookSecret = _waveSpeed.Options.WebhookSecret },
        new HttpClient(ProviderHttp.CreateHandler()), TimeProvider.System, NullLogger<WaveSpeedProvider>.Instance);

    private SegmindProvider Segmind(SegmindVersion version) => new(
        new SegmindOptions { Key = _segmind.Options.Key, BaseUrl = _segmind.Url, Version = version },
        new HttpClient(ProviderHttp.CreateHandler()), TimeProvider.System, NullLogger<SegmindProvider>.Instance);
}
