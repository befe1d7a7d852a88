using System.Net.Http.Headers;
using Azure.Storage.Blobs;
using OviFunctions.Configuration;
using OviFunctions.DevStack;
using OviFunctions.DevStack.Parts;
using OviFunctions.DevStack.Processes;
using OviFunctions.DevStack.Simulators;

namespace OviFunctions.Bench.Money;

/// <summary>A gateway with its own wallets, providers and facilitators, on a stack.</summary>
internal sealed class MoneyWorld : IAsyncDisposable
{
    /// <summary>How long the gateway waits for a facilitator.</summary>
    public static readonly TimeSpan FacilitatorTimeout = TimeSpan.FromSeconds(3);

    private readonly Stack<IAsyncDisposable> _parts = new();

    private MoneyWorld(DeveloperStack stack) => Stack = stack;

    public DeveloperStack Stack { get; }

    public TimeProvider Time => Stack.Host.Time;

    public MoneyPeers Peers { get; private set; } = null!;

    public GatewayProcess Gateway { get; private set; } = null!;

    /// <summary>Both lanes' provider.</summary>
    public FalSimulator Fal { get; private set; } = null!;

    /// <summary>Where the gateway keeps its records.</summary>
    public BlobContainerClient Records { get; private set; } = null!;

    /// <summary>No money of ours is on the chain before it.</summary>
    public long FirstBlock { get; private set; }

    public DateOnly FirstDay { get; private set; }

    /// <summary>The buyers' way to the gateway.</summary>
    public HttpClient Http { get; } = new(new SocketsHttpHandler { UseProxy = false }) { Timeout = TimeSpan.FromSeconds(90) };

    public static async Task<MoneyWorld> StartAsync(DeveloperStack stack, CancellationToken cancellationToken)
    {
        var world = new MoneyWorld(stack);
        try
        {
            await world.StartPartsAsync(cancellationToken);
            return world;
        }
        catch
        {
            await world.DisposeAsync();
            throw;
        }
    }

    /// <summary>The operator has the gateway look at the chain for money that no order explains.</summary>
    public async Task ReconcileAsync(CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "v1/operator/reconcile");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", GatewaySettings.OperatorKey);
        using var response = await Http.SendAsync(request, cancellationToken);
        response.EnsureSuccessStatusCode();
    }

    public async ValueTask DisposeAsync()
    {
        while (_parts.TryPop(out var part)) await part.DisposeAsync();
        Http.Dispose();
    }

    private async Task StartPartsAsync(CancellationToken cancellationToken)
    {
        var head = await Stack.Chain!.Rpc.GetBlockAsync("latest", cancellationToken);
        (FirstBlock, FirstDay) = (head.Number, DateOnly.FromDateTime(head.Time.UtcDateTime));
        Peers = Add(await MoneyPeers.StartAsync(Stack, cancellationToken));
        Fal = Add(await FalSimulator.StartAsync(new FalSimulatorOptions { RenderClips = false }, cancellationToken));
        var port = Ports.TakeFree();
        var container = $"money-{port}";
        Records = new BlobContainerClient(Stack.Endpoints.StorageConnectionString, container);
        var endpoints = Stack.Endpoints with
        {
            ChainRpc = Peers.Node.Url,
            Facilitators = [.. Peers.Facilitators.Select(facilitator => facilitator.Front.Url)],
            Providers = [new ProviderEndpoint("fal", Fal.Url, Fal.JwksUrl, Fal.Options.Key, Fal.Options.UserId) { Start = LaneStart.AtOnce }],
            AllowedHosts = [Fal.Url.Authority],
        };
        Gateway = Add(await Stack.StartGatewayAsync(
            new GatewayOptions(endpoints)
            {
                Port = port,
                Command = GatewayProcess.OfThisBuild() with { Name = $"Gateway {container}" },
                Settings = new Dictionary<string, string>
                {
                    ["Storage__Container"] = container,
                    ["Payments__PayTo"] = Peers.PayTo.Address,
                    ["Refunds__Wallets__0__PrivateKey"] = Peers.Refunds.PrivateKey,
                    ["Operator__WatchChain"] = "true",
                    ["Operator__NoOrderGraceSeconds"] = "0",
                    ["Payments__FacilitatorTimeoutSeconds"] = $"{FacilitatorTimeout.TotalSeconds:0}",
                    ["Payments__FacilitatorVerifyTimeoutSeconds"] = $"{FacilitatorTimeout.TotalSeconds:0}",
                    ["Payments__AnswerWaitSeconds"] = "1",
                    ["Limits__RequestsPerMinutePerAddress"] = "100000",
                    ["Limits__UndeliveredUsdPerHour"] = "100000",
                    ["Jobs__FirstPollSeconds"] = "0.5",
                    ["Jobs__MaxPollSeconds"] = "1",
                    ["Jobs__AmbiguousSubmitWaitSeconds"] = "2",
                    ["DOTNET_TieredPGO"] = "0",
                },
            },
            cancellationToken));
        Http.BaseAddress = Gateway.Url;
    }

    private T Add<T>(T part) where T : IAsyncDisposable
    {
        _parts.Push(part);
        return part;
    }
}
