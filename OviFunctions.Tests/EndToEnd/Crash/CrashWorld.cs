using System.Text;
using Azure.Storage.Blobs;
using OviFunctions.Configuration;
using OviFunctions.DevStack;
using OviFunctions.DevStack.Parts;
using OviFunctions.DevStack.Processes;
using OviFunctions.Secrets;
using OviFunctions.Tests.EndToEnd.Support;

namespace OviFunctions.Tests.EndToEnd.Crash;

/// <summary>A gateway that can be killed and started again on the same port, database and container, and its peers.</summary>
internal sealed class CrashWorld : IAsyncDisposable
{
    public const string KeyId = "dev";

    private const string ContainerSetting = "Storage__Container";

    private readonly int _port;
    private readonly Shop _shop;
    private readonly Shop _gatewayItself;
    private IReadOnlyDictionary<string, string> _settings = CrashSettings.None;
    private GatewayProcess? _gateway;
    private int _databases;

    private CrashWorld(DeveloperStack stack, int number, int port, CrashPeers peers)
    {
        Stack = stack;
        Number = number;
        _port = port;
        Peers = peers;
        _shop = new Shop(peers.GatewayUrl);
        _gatewayItself = new Shop(Loopback.Url(port));
    }

    public int Number { get; }

    public DeveloperStack Stack { get; }

    public CrashPeers Peers { get; }

    /// <summary>The secrets of every job here: the gateways share one server key.</summary>
    public JobSecrets Secrets { get; } =
        new(new KeyRing(new SecretsSettings { Keys = [new() { Id = KeyId, Value = SecretRules.SampleServerKey }] }));

    public GatewayProcess Gateway => _gateway ?? throw new InvalidOperationException("There is no gateway yet.");

    /// <summary>The last lines that the gateway wrote.</summary>
    public IReadOnlyList<string> LastWords => _gateway?.Output.Last(40) ?? [];

    /// <summary>The gateway's container, not through the proxy.</summary>
    public BlobContainerClient Blobs =>
        new(Stack.Endpoints.StorageConnectionString, _settings.GetValueOrDefault(ContainerSetting, OwnContainer));

    /// <summary>The gateway's engine keeps its instances here.</summary>
    public string Database => Path.Combine(Stack.Host.DataFolder, $"crash-{Number}-{_databases}.db");

    private string OwnContainer => $"crash-{Number}";

    /// <param name="number">Names the container.</param>
    public static async Task<CrashWorld> StartAsync(DeveloperStack stack, int number)
    {
        var port = Ports.TakeFree();
        return new CrashWorld(stack, number, port, await CrashPeers.StartAsync(stack, Loopback.Url(port)));
    }

    /// <summary>A buyer's signed order; his receiver knows the secret of its webhooks.</summary>
    public async Task<CrashOrder> SignAsync(string name, bool inlineImage, bool asBatch = false)
    {
        var order = await Peers.SignAsync(name, inlineImage, asBatch);
        Peers.Receiver.AddSecret(Secrets.WebhookSecret(KeyId, order.JobId).Reveal());
        return order;
    }

    /// <summary>A gateway with these settings: the running one if it has them.</summary>
    public async Task UseGatewayAsync(IReadOnlyDictionary<string, string> settings, CancellationToken cancellationToken)
    {
        if (_gateway is not null && _settings.Count == settings.Count && !_settings.Except(settings).Any()) return;
        await KillGatewayAsync();
        await StartGatewayAsync(settings, cancellationToken);
    }

    /// <summary>A gateway with these settings and an empty database, so that nothing happens in it but what comes.</summary>
    public async Task UseNewGatewayAsync(IReadOnlyDictionary<string, string> settings, CancellationToken cancellationToken)
    {
        await KillGatewayAsync();
        _databases++;
        await StartGatewayAsync(settings, cancellationToken);
    }

    /// <summary>Starts the gateway, after <see cref="KillGatewayAsync"/>.</summary>
    public async Task StartGatewayAsync(
        IReadOnlyDictionary<string, string> settings, CancellationToken cancellationToken, string readyPath = GatewayOptions.Ready)
    {
        if (_gateway is not null) await _gateway.DisposeAsync();
        _gateway = null;
        _settings = settings;
        // A sweep that ran by a clock ahead is not due again until that time.
        if (!settings.Any(CrashSettings.MinutesLater.Contains)) File.Delete(Database + ".timers.json");
        var common = new Dictionary<string, string>
        {
            ["PublicBaseUrl"] = Peers.GatewayUrl.GetLeftPart(UriPartial.Authority),
            ["EmbeddedHost__DatabasePath"] = Database,
            [ContainerSetting] = OwnContainer,
        };
        var options = new GatewayOptions(Peers.Endpoints)
        {
            Port = _port,
            ReadyPath = readyPath,
            Settings = common.With(settings),
            Command = GatewayProcess.OfThisBuild() with { Name = $"Gateway {OwnContainer}" },
        };
        _gateway = await Stack.StartGatewayAsync(options, cancellationToken);
    }

    /// <summary>SIGKILL.</summary>
    public Task KillGatewayAsync() => _gateway?.KillAsync() ?? Task.CompletedTask;

    /// <summary>Sends the order as its buyer does; null when there was no answer.</summary>
    public Task<Answer?> SendAsync(CrashOrder order, CancellationToken cancellationToken) => AskAsync(
        () => _shop.OrderAsync(Encoding.UTF8.GetBytes(order.Body.ToJsonString()), order.Headers, order.OrderPath, cancellationToken));

    /// <summary>GET with the job's token, at the gateway itself; null when there was no answer.</summary>
    public Task<Answer?> GetAsync(string path, string jobId, CancellationToken cancellationToken) => AskAsync(() => _gatewayItself.SendAsync(
        HttpMethod.Get, path, content: null, [("Authorization", $"Bearer {Secrets.JobToken(KeyId, jobId)}"), ("Prefer", "wait=20")], cancellationToken));

    private static async Task<Answer?> AskAsync(Func<Task<Answer>> ask)
    {
        try
        {
            return await ask();
        }
        catch (HttpRequestException)
        {
            return null; // it was killed
        }
    }

    /// <summary>Takes away what a failed case may have left.</summary>
    public async Task ResetAsync()
    {
        await KillGatewayAsync();
        Peers.Reset();
        _settings = CrashSettings.None;
    }

    public async ValueTask DisposeAsync()
    {
        if (_gateway is not null) await _gateway.DisposeAsync();
        await Peers.DisposeAsync();
        _shop.Dispose();
        _gatewayItself.Dispose();
    }
}
