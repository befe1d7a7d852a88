using System.Collections.Concurrent;
using Microsoft.AspNetCore.Http;
using OviFunctions.Configuration;
using OviFunctions.DevStack;
using OviFunctions.DevStack.Faults;
using OviFunctions.DevStack.Parts;
using OviFunctions.DevStack.Processes;
using OviFunctions.DevStack.Receiver;
using OviFunctions.DevStack.Simulators;
using OviFunctions.DevStack.Simulators.Fal;
using OviFunctions.Tests.EndToEnd.Support;

namespace OviFunctions.Tests.EndToEnd.Crash;

/// <summary>
/// Everything that one gateway talks to, each behind a fault proxy. Chain, facilitator and Azurite are the shared stack's;
/// the providers, the buyer's picture and his receiver are its own.
/// </summary>
internal sealed class CrashPeers : IAsyncDisposable
{
    private readonly Stack<IAsyncDisposable> _parts = new();
    private readonly Dictionary<Peer, FaultProxy> _proxies = [];
    private readonly ConcurrentDictionary<CrashPoint, int> _seen = new();
    private readonly DeveloperStack _stack;
    private readonly Uri _gateway;

    private CrashPeers(DeveloperStack stack, Uri gateway)
    {
        _stack = stack;
        _gateway = gateway;
    }

    /// <summary>The provider of the first lane.</summary>
    public FalSimulator Fal { get; private set; } = null!;

    /// <summary>The provider of the second lane; without a proxy.</summary>
    public FalSimulator SecondFal { get; private set; } = null!;

    public WebhookReceiver Receiver { get; private set; } = null!;

    /// <summary>Where the gateway finds them.</summary>
    public StackEndpoints Endpoints { get; private set; } = null!;

    /// <summary>Where the buyer and the providers find the gateway.</summary>
    public Uri GatewayUrl => _proxies[Peer.Gateway].Url;

    /// <summary>Exchanges that no effect describes.</summary>
    public ConcurrentBag<string> Unknown { get; } = [];

    public static async Task<CrashPeers> StartAsync(DeveloperStack stack, Uri gateway)
    {
        var peers = new CrashPeers(stack, gateway);
        try
        {
            await peers.StartPartsAsync();
            peers.SetPermanentRules();
            return peers;
        }
        catch
        {
            await peers.DisposeAsync();
            throw;
        }
    }

    /// <summary>An order of a buyer whose receiver, and picture, are here.</summary>
    public Task<CrashOrder> SignAsync(string name, bool inlineImage, bool asBatch) =>
        CrashOrder.SignAsync(_stack, name, inlineImage ? null : _proxies[Peer.Images].Url, _proxies[Peer.Receiver].Url, asBatch);

    /// <summary>Holds one exchange with an effect, until released; then its connection is cut.</summary>
    public FaultRule Hold(CrashPoint point, CrashOrder order, Task released)
    {
        var effect = CrashEffects.Of(point)!;
        var skipped = 0;
        return _proxies[effect.Peer].On(effect.StageOf(point), IsIt, Fault.DropWhen(released), times: 1);

        bool IsIt(HttpRequest request) => effect.Matches(request)
            && (effect.IsAnonymous || order.IsNamedIn(request, SubmitsOf(Fal, order).Select(submit => submit.RequestId!)))
            && Interlocked.Increment(ref skipped) > effect.Skip;
    }

    /// <summary>The submits of an order's job that a provider took.</summary>
    public static IReadOnlyList<SimulatorCall> SubmitsOf(FalSimulator fal, CrashOrder order) =>
        [.. fal.SubmitsOf(order.Prompt).Where(submit => submit.RequestId is not null)];

    /// <summary>How many exchanges there were of a point's shape.</summary>
    public int CountOf(CrashPoint point) => _seen.GetValueOrDefault(point);

    /// <summary>Takes away what a failed case may have left.</summary>
    public void Reset()
    {
        foreach (var proxy in _proxies.Values) proxy.Clear();
        SetPermanentRules();
    }

    public async ValueTask DisposeAsync()
    {
        while (_parts.TryPop(out var part)) await part.DisposeAsync();
    }

    private async Task StartPartsAsync()
    {
        var falPort = Ports.TakeFree();
        var fal = await ProxyAsync(Peer.Fal, Loopback.Url(falPort));
        Fal = Add(await FalSimulator.StartAsync(Simulated with { Port = falPort, MediaUrl = fal }));
        SecondFal = Add(await FalSimulator.StartAsync(Simulated));
        Receiver = Add(await WebhookReceiver.StartAsync());
        var receiver = await ProxyAsync(Peer.Receiver, Receiver.Url);
        var images = await ProxyAsync(Peer.Images, Add(await ImageHost.StartAsync()).Url);
        await ProxyAsync(Peer.Gateway, _gateway);
        Endpoints = _stack.Endpoints with
        {
            StorageConnectionString = _stack.Azurite.ConnectionStringFor(await ProxyAsync(Peer.Storage, _stack.Azurite.BlobService)),
            ChainRpc = await ProxyAsync(Peer.Chain, _stack.Endpoints.ChainRpc!),
            Facilitators = [await ProxyAsync(Peer.Facilitator, _stack.Endpoints.Facilitators[0])],
            Providers =
            [
                new ProviderEndpoint("fal", fal, new Uri(fal, ".well-known/jwks.json"), Fal.Options.Key, Fal.Options.UserId),
                new ProviderEndpoint("fal-2", SecondFal.Url, SecondFal.JwksUrl, SecondFal.Options.Key, SecondFal.Options.UserId),
            ],
            HedgeDelay = null,
            AllowedHosts = [fal.Authority, SecondFal.Url.Authority, receiver.Authority, images.Authority],
        };
    }

    /// <summary>A provider that is not yet done when its caller is killed, and keeps asking and calling until it is up again.</summary>
    private static FalSimulatorOptions Simulated => new()
    {
        RenderClips = false,
        ProcessingTime = TimeSpan.FromMilliseconds(300),
        DownloadRetryDelays = [.. Enumerable.Repeat(TimeSpan.FromMilliseconds(200), 500)],
        WebhookRetryDelays = [.. Enumerable.Repeat(TimeSpan.FromMilliseconds(200), 100)],
    };

    private void SetPermanentRules()
    {
        foreach (var (peer, proxy) in _proxies.Where(p => p.Key != Peer.Gateway))
        {
            proxy.On(FaultStage.BeforePeer, request => { Witness(peer, request); return false; }, Fault.Drop);
        }
    }

    private void Witness(Peer peer, HttpRequest request)
    {
        var known = CrashEffects.All.Where(effect => effect.Peer == peer && effect.Matches(request)).ToList();
        foreach (var effect in known) _seen.AddOrUpdate(effect.Before, 1, (_, count) => count + 1);
        if (known.Count == 0) Unknown.Add($"{peer}: {request.Method} {request.Path}{request.QueryString} {Match.Body(request)}");
    }

    private async Task<Uri> ProxyAsync(Peer peer, Uri url)
    {
        _proxies[peer] = Add(await FaultProxy.StartAsync(url, _stack.Host.Time));
        return _proxies[peer].Url;
    }

    private T Add<T>(T part) where T : IAsyncDisposable
    {
        _parts.Push(part);
        return part;
    }
}
