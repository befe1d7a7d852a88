using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using OviFunctions.Crypto;
using OviFunctions.DevStack.Receiver;
using OviFunctions.DevStack.Simulators;
using OviFunctions.DevStack.Simulators.Fal;
using OviFunctions.Providers;
using OviFunctions.Providers.Fal;
using OviFunctions.Tests.Support;
using LoopbackServer = OviFunctions.DevStack.Simulators.LoopbackServer;

namespace OviFunctions.Tests.DevStack.Simulators;

/// <summary>The simulated fal, a host of images, a place for callbacks, and the real provider between them.</summary>
internal sealed class FalStage : IAsyncDisposable
{
    private readonly WebApplication _images;
    private readonly HttpClient _http = new(ProviderHttp.CreateHandler());

    private FalStage(FalSimulator fal, WebhookReceiver callbacks, WebApplication images, string key)
    {
        (Fal, Callbacks, _images) = (fal, callbacks, images);
        var options = new FalOptions { Key = key, QueueUrl = fal.Url, JwksUrl = fal.JwksUrl };
        Verifier = new FalWebhookVerifier(options, _http, TimeProvider.System);
        Provider = new FalProvider(options, _http, Verifier, TimeProvider.System, NullLogger<FalProvider>.Instance);
    }

    public FalSimulator Fal { get; }

    public WebhookReceiver Callbacks { get; }

    public FalProvider Provider { get; }

    public FalWebhookVerifier Verifier { get; }

    public HttpClient Http => _http;

    public Uri ImageUrl => new(LoopbackServer.AddressOf(_images), "image.png");

    public static async Task<FalStage> OpenAsync(FalSimulatorOptions? options = null, string? key = null)
    {
        options ??= new FalSimulatorOptions { RenderClips = false };
        var images = await LoopbackServer.StartAsync(
            0, app => app.MapGet("/image.png", () => Results.Bytes(TestImages.Png, "image/png")), default);
        return new FalStage(await FalSimulator.StartAsync(options), await WebhookReceiver.StartAsync(), images, key ?? options.Key);
    }

    public SubmitRequest Request(string prompt = "a cat", long seed = 7) => new(
        "ovi/image-to-video",
        prompt,
        ImageUrl,
        "blur",
        "hiss",
        30,
        seed,
        new Dictionary<string, string>(),
        new Uri(Callbacks.Url, "callbacks/fal/token")) { Resolution = "992x512" };

    public async Task<ProviderJob> SubmitAsync(string prompt = "a cat") =>
        Assert.IsType<SubmitResult.Accepted>(await Provider.SubmitAsync(Request(prompt), default)).Job;

    /// <summary>Waits for callbacks, and returns them as our gateway would see them.</summary>
    public async Task<IReadOnlyList<ProviderCallback>> CallbacksAsync(int count = 1)
    {
        var received = await Callbacks.Deliveries.WaitAsync(d => d.Count >= count, Soon);
        return [.. received.Select(r => new ProviderCallback(r.Headers, r.Body))];
    }

    public async Task<ReadResult> ReadWhenCompletedAsync(ProviderJob job)
    {
        while (true)
        {
            var result = await Provider.ReadAsync(job, Soon);
            if (result is not ReadResult.Running) return result;
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, Soon);
        }
    }

    public async Task<ProviderFailure> FailureOfAsync(ProviderJob job) =>
        Assert.IsType<ReadResult.Failed>(await ReadWhenCompletedAsync(job)).Failure;

    /// <summary>What the provider makes of the only callback.</summary>
    public async Task<CallbackResult> JudgeCallbackAsync() =>
        await Provider.ReadCallbackAsync(Assert.Single(await CallbacksAsync()), default);

    /// <summary>The end of every wait in these tests.</summary>
    public CancellationToken Soon { get; } = new CancellationTokenSource(TimeSpan.FromSeconds(30)).Token;

    public async ValueTask DisposeAsync()
    {
        await Fal.DisposeAsync();
        await Callbacks.DisposeAsync();
        await _images.DisposeAsync();
        _http.Dispose();
    }
}
