using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Azure.Storage.Blobs;
using Microsoft.Extensions.Configuration;
using OviFunctions.Configuration;
using OviFunctions.DevStack;
using OviFunctions.DevStack.Installation;
using OviFunctions.DevStack.Parts;
using OviFunctions.DevStack.Processes;
using OviFunctions.Tests.Composition;
using OviFunctions.Tests.DevStack.Simulators;
using OviFunctions.Tests.DevStack.Support;
using OviFunctions.Tests.Embedded.Hosting.Support;

namespace OviFunctions.Tests.DevStack.Demo;

/// <summary>The gateway on its own, beside <c>--peers-only</c>, with the settings that it prints or the sample.</summary>
[Collection(ProgramGroup.Name)]
public sealed class PeersOnlyTests(PeersOnlyRun peers) : IClassFixture<PeersOnlyRun>
{
    private static string Sample { get; } = File.ReadAllText(Path.Combine(RepositoryFolders.Root, "local.settings.sample.json"));

    [Fact]
    public void Sample_IsWhatPeersOnlyPrintsOnTheUsualPorts()
    {
        var printed = peers.LocalSettings.Replace(
            JsonSerializer.Serialize(peers.Settings.GetProperty("AzureWebJobsStorage").GetString()).Replace("\\u002B", "+", StringComparison.Ordinal),
            "\"UseDevelopmentStorage=true\"", StringComparison.Ordinal);
        foreach (var port in PortName.All)
        {
            foreach (var before in new[] { ":", ": " })
                printed = printed.Replace($"{before}{peers.Run.Ports[port]}", $"{before}{port.Default}", StringComparison.Ordinal);
        }

        Assert.Equal(Sample.TrimEnd(), printed.ReplaceLineEndings("\n"));
    }

    [Fact]
    public void Sample_PassesTheChecksAndHasWhatCoreToolsNeeds()
    {
        // As strictly as Core Tools reads it: no comments, no trailing commas, strings only.
        var values = JsonElement.Parse(Sample).GetProperty("Values").EnumerateObject().ToDictionary(value => value.Name, value => value.Value.GetString());
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(values.ToDictionary(value => value.Key.Replace("__", ":", StringComparison.Ordinal), value => value.Value))
            .Build();

        Assert.Empty(SettingsReader.Inspect<OviSettings>(configuration).Problems);
        Assert.Equal("dotnet-isolated", values["FUNCTIONS_WORKER_RUNTIME"]);
        Assert.Equal("UseDevelopmentStorage=true", values["AzureWebJobsStorage"]);
        Assert.Equal("true", values["AzureWebJobsDisableHomepage"]);
    }

    [Fact]
    public async Task Check_PeersAreUp_ListsEverythingHidesSecretsAndSpendsNothing()
    {
        using var rpc = new ChainRpc(Loopback.Url(peers.Run.Ports[PortName.Chain]), ChainNetwork.BaseSepolia);
        var before = (await SubmitsAsync(), (await rpc.GetUsdcLogsAsync(0, default)).Count);
        var container = "checked-" + Path.GetRandomFileName().Replace('.', '-');

        var (code, output) = await GatewayRun.RunAsync(WithValue("Storage__Container", container), "check");

        Assert.True(code == 0, output);
        foreach (var peer in new[] { $"storage: 127.0.0.1/{container}", "chain: eip155:84532", @"facilitator: 127\.0\.0\.1:\d+", "provider: fal", "provider: fal-2" })
            Assert.Matches($"(?m)^  {peer} +ok$", output);
        foreach (var key in peers.Settings.EnumerateObject().Select(value => value.Name).Except(["FUNCTIONS_WORKER_RUNTIME", "AzureWebJobsDisableHomepage"]))
            Assert.Contains($"  {key.Replace("__", ":", StringComparison.Ordinal)} ", output, StringComparison.Ordinal);
        foreach (var secret in new[] { "Secrets__Keys__0__Value", "Providers__0__ApiKey", "AzureWebJobsStorage", "Payments__RpcUrl" })
            Assert.DoesNotContain(peers.Settings.GetProperty(secret).GetString()!, output, StringComparison.Ordinal);

        Assert.Equal(before, (await SubmitsAsync(), (await rpc.GetUsdcLogsAsync(0, default)).Count));
        var storage = new BlobServiceClient(peers.Settings.GetProperty("AzureWebJobsStorage").GetString());
        Assert.False(await storage.GetBlobContainerClient(container).ExistsAsync());
    }

    [Fact]
    public async Task Check_PeersAreDown_SaysOfEachWhatIsWrong()
    {
        var nobody = $"http://127.0.0.1:{Ports.TakeFree()}";
        var values = new Dictionary<string, string>(Values())
        {
            ["AzureWebJobsStorage"] = Values()["AzureWebJobsStorage"].Replace($"http://127.0.0.1:{peers.Run.Ports[PortName.Blob]}", nobody, StringComparison.Ordinal),
            ["Payments__RpcUrl"] = nobody + "/a-secret",
            ["Payments__Facilitators__0__Url"] = nobody,
            ["Providers__0__BaseUrl"] = nobody,
            ["Providers__1__ApiKey"] = "another-key",
        };

        var (code, output) = await GatewayRun.RunAsync(JsonSerializer.Serialize(new { Values = values }), "check");

        Assert.Equal(1, code);
        foreach (var line in new[]
        {
            "storage: 127.0.0.1/ovifunctions +the connection failed", "chain: eip155:84532 +.*the connection failed", @"facilitator: 127\.0\.0\.1:\d+ +.*the connection failed",
            "provider: fal +no connection", @"provider: fal-2 +the key is refused \(HTTP 401\)",
        })
            Assert.Matches("(?m)^  " + line, output);
        Assert.DoesNotContain("a-secret", output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Gateway_WithTheSettingsThatWerePrinted_DeliversAVideoOfOviAndOneOfSora()
    {
        using var folder = new TestFolder().Write("local.settings.json", peers.LocalSettings);
        var url = new Uri($"http://127.0.0.1:{peers.Run.Ports[PortName.Gateway]}/");
        await using var gateway = ChildProcess.Start(GatewayRun.SpecIn(folder), watchdog: null, TimeProvider.System);
        await gateway.WaitUntilReadyAsync(token => Loopback.AnswersWellAsync(new Uri(url, "health/ready"), token), TimeSpan.FromSeconds(60), default);
        using var http = new HttpClient { BaseAddress = url, DefaultRequestHeaders = { { "Authorization", "Bearer " + GatewaySettings.ApiKey } } };

        var ovi = new { prompt = "A lake.", image_url = "data:image/png;base64," + Convert.ToBase64String(TestImages.Png) };
        Assert.Equal("succeeded", await OrderAsync(http, "v1/videos/ovi/image-to-video/jobs", ovi));
        Assert.Equal("succeeded", await OrderAsync(http, "v1/videos/sora-2/jobs", new { prompt = "A lake.", seconds = 4 }));

        await gateway.StopAsync();
        Assert.Equal(0, await gateway.WaitForExitAsync(default));
    }

    private static async Task<string?> OrderAsync(HttpClient http, string path, object body)
    {
        using var order = new HttpRequestMessage(HttpMethod.Post, path);
        order.Headers.Add("Idempotency-Key", "peers-only:" + path);
        order.Content = new StringContent(JsonSerializer.Serialize(body), Encoding.UTF8, "application/json");
        using var accepted = await http.SendAsync(order);
        Assert.True((int)accepted.StatusCode == 202, await accepted.Content.ReadAsStringAsync());

        using var read = new HttpRequestMessage(HttpMethod.Get, accepted.Headers.Location);
        read.Headers.Add("Prefer", "wait=60");
        using var job = await http.SendAsync(read);
        return (await job.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("job").GetProperty("status").GetString();
    }

    private Dictionary<string, string> Values() => peers.Settings.EnumerateObject().ToDictionary(value => value.Name, value => value.Value.GetString()!);

    private string WithValue(string name, string value) =>
        JsonSerializer.Serialize(new { Values = new Dictionary<string, string>(Values()) { [name] = value } });

    private async Task<int> SubmitsAsync()
    {
        using var http = new HttpClient();
        var submits = 0;
        foreach (var fal in new[] { PortName.Fal, PortName.SecondFal })
        {
            var log = await http.GetFromJsonAsync<JsonElement>(Loopback.Url(peers.Run.Ports[fal], "/_calls"));
            submits += log.GetProperty("calls").EnumerateArray().Count(call => call.GetProperty("kind").GetString() == "submit");
        }

        return submits;
    }
}
