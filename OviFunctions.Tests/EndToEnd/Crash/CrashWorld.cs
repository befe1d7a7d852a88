using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Azure.Storage.Blobs;
using OviFunctions.Configuration;
using OviFunctions.DevStack;
using OviFunctions.DevStack.Parts;
using OviFunctions.DevStack.Processes;
using OviFunctions.Secrets;

namespace OviFunctions.Tests.EndToEnd.Crash;

/// <summary>A gateway that can be killed and started again on the same port, database and container, and its peers.</summary>
internal sealed class CrashWorld : IAsyncDisposable
{
    public const string KeyId = "dev";

    private const string ContainerSetting = "Storage__Container";

    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false }) { Timeout = TimeSpan.FromSeconds(60) };
    private readonly int _port;
    private IReadOnlyDictionary<string, string> _settings = CrashSettings.None;
    private GatewayProcess? _gateway;
    private int _databases;

    private CrashWorld(DeveloperStack stack, int number, int port, CrashPeers peers)
    {
        Stack = stack;
        Number = number;
        _port = port;
        Peers = peers;
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

    private string OwnContainer => $"crash-{Number}";

    /// <param name="number">Names the container.</param>
    public static async Task<CrashWorld> StartAsync(DeveloperStack stack, int number)
    {
        var port = Ports.TakeFree();
        return new CrashWorld(stack, number, port, await CrashPeers.StartAsync(stack, Loopback.Url(port)));
    }

    /// <summary>A buyer's signed order; his receiver knows the secret of its webhooks.</summary>
    public async Task<CrashOrder> SignAsync(string name, bool inlineImage, CancellationToken cancellationToken)
    {
        var order = await Peers.SignAsync(name, inlineImage, cancellationToken);
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
        var database = Path.Combine(Stack.Host.DataFolder, $"crash-{Number}-{_databases}.db");
        // A sweep that ran by a clock ahead is not due again until that time.
        if (!settings.Any(CrashSettings.MinutesLater.Contains)) File.Delete(database + ".timers.json");
        var common = new Dictionary<string, string>
        {
            ["PublicBaseUrl"] = Peers.GatewayUrl.GetLeftPart(UriPartial.Authority),
            ["EmbeddedHost__DatabasePath"] = database,
            [ContainerSetting] = OwnContainer,
        };
        var options = new GatewayOptions(Peers.Endpoints) { Port = _port, ReadyPath = readyPath, Settings = common.With(settings) };
        _gateway = await Stack.StartGatewayAsync(options, cancellationToken);
    }

    /// <summary>SIGKILL.</summary>
    public Task KillGatewayAsync() => _gateway?.KillAsync() ?? Task.CompletedTask;

    /// <summary>Sends the order as its buyer does; null when there was no answer.</summary>
    public async Task<OrderAnswer?> SendAsync(CrashOrder order, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(Peers.GatewayUrl, "/v1/videos/ovi/image-to-video/jobs"));
        request.Content = new StringContent(order.Body, Encoding.UTF8, "application/json");
        foreach (var (name, value) in order.Headers) request.Headers.Add(name, value);
        try
        {
            using var response = await _http.SendAsync(request, cancellationToken);
            return new OrderAnswer(response.StatusCode, JsonElement.Parse(await response.Content.ReadAsStringAsync(cancellationToken)));
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }

    /// <summary>The body of a GET at the gateway with the job's token; null when there was none.</summary>
    public async Task<byte[]?> GetAsync(string path, string jobId, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(Loopback.Url(_port), path));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Secrets.JobToken(KeyId, jobId));
        request.Headers.Add("Prefer", "wait=20");
        try
        {
            using var response = await _http.SendAsync(request, cancellationToken);
            return response.IsSuccessStatusCode ? await response.Content.ReadAsByteArrayAsync(cancellationToken) : null;
        }
        catch (HttpRequestException)
        {
            return null;
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
        _http.Dispose();
    }
}
