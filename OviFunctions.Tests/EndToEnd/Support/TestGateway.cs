using System.Security.Cryptography;
using System.Text;
using Azure.Storage.Blobs;
using OviFunctions.DevStack;
using OviFunctions.DevStack.Parts;
using OviFunctions.DevStack.Processes;

namespace OviFunctions.Tests.EndToEnd.Support;

/// <summary>
/// A gateway process on the shared stack, with a port, a database and a Blob container of its own. It polls quickly, and its second
/// lane starts only when the first has failed, unless the settings say otherwise.
/// </summary>
internal sealed class TestGateway : IAsyncDisposable
{
    /// <summary>The key of another customer than <see cref="GatewaySettings.ApiKey"/>'s.</summary>
    public const string OtherApiKey = "ovi_test_key_of_another_customer_0123456789";

    private readonly GatewayOptions _options;

    private TestGateway(DeveloperStack stack, GatewayOptions options, GatewayProcess process, BlobContainerClient container)
    {
        (Stack, _options, Process, Container) = (stack, options, process, container);
        Shop = new Shop(process.Url);
    }

    public DeveloperStack Stack { get; }

    public GatewayProcess Process { get; private set; }

    /// <summary>Where it keeps its records and files.</summary>
    public BlobContainerClient Container { get; }

    public Shop Shop { get; }

    /// <param name="change">Puts other endpoints, such as fault proxies, into its settings.</param>
    /// <param name="settings">More settings, or other values, by their environment names.</param>
    public static async Task<TestGateway> StartAsync(
        DeveloperStack stack,
        Func<StackEndpoints, StackEndpoints>? change = null,
        IEnumerable<(string Name, string Value)>? settings = null)
    {
        var port = Ports.TakeFree();
        var endpoints = stack.Endpoints with
        {
            // The second one speaks version 1 only.
            Facilitators = [stack.Endpoints.Facilitators[0]],
            HedgeDelay = null,
        };
        var all = new Dictionary<string, string>
        {
            ["Storage__Container"] = $"gateway-{port}",
            ["Jobs__FirstPollSeconds"] = "0.5",
            // The gateways share one payee: each would send the others' payments back.
            ["Operator__WatchChain"] = "false",
            ["Jobs__MaxPollSeconds"] = "1",
            ["Jobs__AmbiguousSubmitWaitSeconds"] = "2",
            // The order stays when tests have let the first one fail; and a lost submit may be sent once more, although that
            // leaves too little of the price for the second one.
            ["Providers__1__Priority"] = "1",
            ["Routing__MinMarginUsd"] = "-1",
            ["Limits__RequestsPerMinutePerAddress"] = "1000000",
            ["Limits__OrdersPerMinutePerApiKey"] = "1000000",
            ["ApiKeys__0__DailyBudgetUsdc"] = "1000000",
            ["ApiKeys__0__MaxRunning"] = "1000",
            ["ApiKeys__1__Id"] = "other",
            ["ApiKeys__1__Sha256"] = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(OtherApiKey))),
        };
        foreach (var (name, value) in settings ?? []) all[name] = value;
        var options = new GatewayOptions(change is null ? endpoints : change(endpoints))
        {
            Port = port,
            Settings = all,
            // Each has a log file of its own.
            Command = GatewayProcess.OfThisBuild() with { Name = $"Gateway {port}" },
        };
        var process = await stack.StartGatewayAsync(options, CancellationToken.None);
        return new TestGateway(stack, options, process, new BlobContainerClient(stack.Endpoints.StorageConnectionString, all["Storage__Container"]));
    }

    /// <summary>Stops it in good order and starts it with other settings.</summary>
    public async Task RestartAsync(IEnumerable<(string Name, string Value)> settings)
    {
        await Process.StopAsync();
        await Process.DisposeAsync();
        var all = new Dictionary<string, string>(_options.Settings);
        foreach (var (name, value) in settings) all[name] = value;
        Process = await Stack.StartGatewayAsync(_options with { Settings = all }, CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        Shop.Dispose();
        await Process.DisposeAsync();
    }
}
