using OviFunctions.DevStack.Processes;

namespace OviFunctions.DevStack.Parts;

/// <summary>
/// The gateway as a process of its own, so that it can be killed and come back on the same port and database, as after a crash.
/// </summary>
internal sealed class GatewayProcess : IAsyncDisposable
{
    private readonly PartHost _host;
    private readonly ProcessSpec _spec;
    private readonly Uri _readyUrl;
    private ChildProcess _process = null!;

    private GatewayProcess(PartHost host, ProcessSpec spec, Uri url, string readyPath)
    {
        _host = host;
        _spec = spec;
        Url = url;
        _readyUrl = new Uri(url, readyPath);
    }

    public Uri Url { get; }

    /// <summary>The last lines that the running process wrote.</summary>
    public OutputTail Output => _process.Output;

    /// <summary>How the gateway of this build is started.</summary>
    /// <exception cref="StackException">This build has no gateway that runs by itself: it is for the Azure host.</exception>
    public static ProcessSpec OfThisBuild()
    {
        var assembly = Path.Combine(AppContext.BaseDirectory, "OviFunctions.dll");
        if (!File.Exists(Path.Combine(AppContext.BaseDirectory, "OviFunctions.Embedded.dll")))
            throw new StackException("This build is for the Azure host, which runs under Core Tools: use --peers-only and start it with `func start`.");
        return new ProcessSpec("Gateway", Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", [assembly]);
    }

    /// <summary>Starts it and waits until <c>GET</c> of the ready path says 200.</summary>
    /// <param name="settings">All of its settings, by their environment names: <c>Section__Key</c>.</param>
    /// <exception cref="StackException">It ended or did not become ready; with its last lines.</exception>
    public static async Task<GatewayProcess> StartAsync(
        PartHost host, ProcessSpec command, int port, IReadOnlyDictionary<string, string> settings, CancellationToken cancellationToken,
        string readyPath = GatewayOptions.Ready)
    {
        var url = Loopback.Url(port);
        var environment = GatewaySettings.InEnvironment.ToDictionary(name => name, _ => (string?)null);
        foreach (var (name, value) in settings) environment[name] = value;
        environment["ASPNETCORE_URLS"] = url.GetLeftPart(UriPartial.Authority);
        var gateway = new GatewayProcess(host, command with { Environment = environment }, url, readyPath);
        await gateway.RunAsync(cancellationToken);
        return gateway;
    }

    /// <summary>Ends it as a crash does: SIGKILL.</summary>
    public Task KillAsync() => _process.KillAsync();

    /// <summary>Waits until it has ended by itself; gives the exit code, 137 after SIGKILL.</summary>
    public Task<int> WaitForExitAsync(CancellationToken cancellationToken) => _process.WaitForExitAsync(cancellationToken);

    /// <summary>Ends it in good order.</summary>
    public Task StopAsync() => _process.StopAsync();

    /// <summary>Starts it again with the same settings, after <see cref="KillAsync"/> or <see cref="StopAsync"/>.</summary>
    public async Task RestartAsync(CancellationToken cancellationToken)
    {
        await _process.DisposeAsync();
        await RunAsync(cancellationToken);
    }

    public ValueTask DisposeAsync() => _process.DisposeAsync();

    private async Task RunAsync(CancellationToken cancellationToken) =>
        _process = await _host.StartAsync(_spec, token => Loopback.AnswersWellAsync(_readyUrl, token), cancellationToken);
}
