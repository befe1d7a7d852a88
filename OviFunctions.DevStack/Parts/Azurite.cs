using OviFunctions.DevStack.Processes;

namespace OviFunctions.DevStack.Parts;

/// <summary>Azure Storage on this machine: blobs, queues and tables, kept in a folder.</summary>
internal sealed class Azurite : IAsyncDisposable
{
    /// <summary>The account that every storage emulator has; its key is published.</summary>
    public const string Account = "devstoreaccount1";

    /// <summary>The published key of <see cref="Account"/>.</summary>
    public const string Key = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

    private readonly ChildProcess _process;
    private readonly Ports _ports;

    private Azurite(ChildProcess process, Ports ports)
    {
        _process = process;
        _ports = ports;
    }

    /// <summary>Where the blob service listens, without the account.</summary>
    public Uri BlobService => Loopback.Url(_ports[PortName.Blob]);

    /// <summary>For <c>AzureWebJobsStorage</c>: works in the gateway, in Core Tools and in the Azure SDKs, which know the usual ports.</summary>
    public string ConnectionString =>
        new[] { PortName.Blob, PortName.Queue, PortName.Table }.All(port => _ports[port] == port.Default)
            ? "UseDevelopmentStorage=true"
            : ConnectionStringFor(BlobService);

    /// <summary>The same, with the blobs reached through another address, such as a fault proxy.</summary>
    public string ConnectionStringFor(Uri blobService) =>
        $"DefaultEndpointsProtocol=http;AccountName={Account};AccountKey={Key};" +
        $"BlobEndpoint={new Uri(blobService, Account)};" +
        $"QueueEndpoint={new Uri(Loopback.Url(_ports[PortName.Queue]), Account)};" +
        $"TableEndpoint={new Uri(Loopback.Url(_ports[PortName.Table]), Account)};";

    public static async Task<Azurite> StartAsync(PartHost host, CancellationToken cancellationToken)
    {
        var ports = host.Ports;
        var spec = new ProcessSpec("Azurite", "node",
        [
            Path.Combine(host.PeersFolder, "node_modules", "azurite", "dist", "src", "azurite.js"),
            "--silent", "--disableTelemetry", "--skipApiVersionCheck",
            "--location", Directory.CreateDirectory(Path.Combine(host.DataFolder, "azurite")).FullName,
            "--blobHost", Loopback.Host, "--blobPort", $"{ports[PortName.Blob]}",
            "--queueHost", Loopback.Host, "--queuePort", $"{ports[PortName.Queue]}",
            "--tableHost", Loopback.Host, "--tablePort", $"{ports[PortName.Table]}",
        ]);
        var process = await host.StartAsync(spec, async token =>
            await Loopback.AnswersAsync(Loopback.Url(ports[PortName.Blob]), token)
            && await Loopback.AnswersAsync(Loopback.Url(ports[PortName.Queue]), token)
            && await Loopback.AnswersAsync(Loopback.Url(ports[PortName.Table]), token), cancellationToken);
        return new Azurite(process, ports);
    }

    public ValueTask DisposeAsync() => _process.DisposeAsync();
}
