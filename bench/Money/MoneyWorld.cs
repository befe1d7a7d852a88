using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Azure.Storage.Blobs;
using OviFunctions.Configuration;
using OviFunctions.DevStack;
using OviFunctions.DevStack.Parts;
using OviFunctions.DevStack.Processes;
using OviFunctions.DevStack.Simulators.Fal;

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
    public Task ReconcileAsync(CancellationToken cancellationToken) => OperateAsync(HttpMethod.Post, "reconcile", body: null, cancellationToken);

    /// <summary>The operator puts the facilitators that are out of use back when there is no other left: payments wait for it.</summary>
    /// <param name="always">Also when there is one left, so that a liar can lie again.</param>
    public async Task ForgiveAsync(bool always, CancellationToken cancellationToken)
    {
        var facilitators = (await OperateAsync(HttpMethod.Get, "facilitators", body: null, cancellationToken)).GetProperty("facilitators").EnumerateArray().ToList();
        if (!always && facilitators.Any(facilitator => facilitator.GetProperty("state").GetString() != "out_of_use")) return;
        foreach (var facilitator in facilitators)
            await OperateAsync(HttpMethod.Post, "facilitators/put-back", new { name = facilitator.GetProperty("name").GetString() }, cancellationToken);
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
            Providers = [new ProviderEndpoint("fal", Fal.Url, Fal.JwksUrl, Fal.Options.Key, Fal.Options.UserId)],
            HedgeDelay = null,
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
                    ["Refunds__NoOrderDayCapUsdc"] = "100000",
                    ["Refunds__DayCapUsdc"] = "100000",
                    ["Jobs__FirstPollSeconds"] = "0.5",
                    ["Jobs__MaxPollSeconds"] = "1",
                    ["Jobs__AmbiguousSubmitWaitSeconds"] = "2",
                    ["DOTNET_TieredPGO"] = "0",
                },
            },
            cancellationToken));
        Http.BaseAddress = Gateway.Url;
    }

    private async Task<JsonElement> OperateAsync(HttpMethod method, string call, object? body, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, $"v1/operator/{call}");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", GatewaySettings.OperatorKey);
        if (body is not null) request.Content = JsonContent.Create(body);
        using var response = await Http.SendAsync(request, cancellationToken);
        response.EnsureSuccessStatusCode();
        return await response.Content.ReadFromJsonAsync<JsonElement>(cancellationToken);
    }

    private T Add<T>(T part) where T : IAsyncDisposable
    {
        _parts.Push(part);
        return part;
    }
}
