using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Azure.Storage.Blobs;

namespace OviFunctions.Tests.Support;

/// <summary>
/// One Azurite blob server for the tests of the collection <see cref="AzuriteTests"/>, in memory, on a free port.
/// Every test takes a container of its own.
/// </summary>
public sealed class AzuriteFixture : IAsyncLifetime
{
    // The account of every Azurite, published in its documentation.
    private const string Account = "devstoreaccount1";
    private const string Key = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

    private readonly int _port = FreePort();
    private Process? _process;
    private int _containers;

    public async Task InitializeAsync()
    {
        var start = new ProcessStartInfo("node") { RedirectStandardOutput = true, RedirectStandardError = true };
        var port = _port.ToString(CultureInfo.InvariantCulture);
        foreach (var argument in (string[])[MainScript(), "--inMemoryPersistence", "--blobPort", port, "--skipApiVersionCheck", "--silent"])
            start.ArgumentList.Add(argument);

        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, _) => { };
        _process.ErrorDataReceived += (_, _) => { };
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        await ListensAsync();
    }

    public Task DisposeAsync()
    {
        _process?.Kill(entireProcessTree: true);
        _process?.Dispose();
        return Task.CompletedTask;
    }

    /// <summary>A new, empty container.</summary>
    public async Task<BlobContainerClient> NewContainerAsync(BlobClientOptions? options = null)
    {
        var connection = $"AccountName={Account};AccountKey={Key};BlobEndpoint=http://127.0.0.1:{_port}/{Account};";
        var container = new BlobContainerClient(connection, $"test{Interlocked.Increment(ref _containers)}", options);
        await container.CreateAsync();
        return container;
    }

    private static string MainScript()
    {
        const string script = "node_modules/azurite/dist/src/blob/main.js";
        var roots = new List<string>();
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            roots.Add(Path.Combine(folder.FullName, "OviFunctions.DevStack", "peers"));
        }

        roots.Add("/tmp/spike/npm");
        return roots.Select(root => Path.Combine(root, script)).FirstOrDefault(File.Exists)
            ?? throw new InvalidOperationException("Azurite is not installed; run npm install in OviFunctions.DevStack/peers.");
    }

    private async Task ListensAsync()
    {
        using var timeout = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        while (true)
        {
            try
            {
                using var socket = new TcpClient();
                await socket.ConnectAsync(IPAddress.Loopback, _port, timeout.Token);
                return;
            }
            catch (SocketException) when (!_process!.HasExited)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, timeout.Token);
            }
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}

/// <summary>The tests that share one Azurite.</summary>
[CollectionDefinition(nameof(AzuriteTests))]
public sealed class AzuriteTests : ICollectionFixture<AzuriteFixture>;
