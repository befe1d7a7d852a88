using System.Text.Json;
using Microsoft.AspNetCore.Http;
using OviFunctions.Composition;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Composition;

/// <summary>What an operator sees of <c>check</c>, against peers on loopback.</summary>
[Collection(nameof(AzuriteTests))]
public sealed class SettingsCheckTests(AzuriteFixture azurite) : IAsyncLifetime
{
    private LoopbackServer _peers = null!;
    private string _chainId = "0x2105"; // 8453
    private string _network = "eip155:8453";
    private int _providerStatus = 404;
    private int _facilitatorStatus = 200;

    public async Task InitializeAsync() => _peers = await LoopbackServer.StartAsync(AnswerAsync);

    public async Task DisposeAsync() => await _peers.DisposeAsync();

    [Fact]
    public async Task Run_EverythingWorks_Is0AndListsEveryPeer()
    {
        var (code, lines) = await CheckAsync();

        Assert.Equal(0, code);
        Assert.Equal(
            [
                "  storage: 127.0.0.1/ovifunctions          ok",
                "  chain: eip155:8453                       ok",
                $"  facilitator: 127.0.0.1:{_peers.Port}".PadRight(42) + " ok",
                "  provider: fal                            ok",
            ],
            lines.SkipWhile(l => l != "Peers:").Skip(1));
    }

    [Fact]
    public async Task Run_Settings_AreListedAndSecretsAreNot()
    {
        var (_, lines) = await CheckAsync(("Payments:Facilitators:0:BearerToken", "hunter2"), ("Jobs:LinkDays", "7"));

        Assert.Equal("Settings:", lines[0]);
        Assert.Contains(lines, l => l.StartsWith("  PublicBaseUrl ", StringComparison.Ordinal) && l.EndsWith("http://127.0.0.1:7071", StringComparison.Ordinal));
        Assert.Contains(lines, l => l.StartsWith("  Jobs:LinkDays ", StringComparison.Ordinal) && l.EndsWith(" 7", StringComparison.Ordinal));
        Assert.Contains(lines, l => l.StartsWith("  Jobs:DeadlineMinutes ", StringComparison.Ordinal) && l.EndsWith(" 20  (default)", StringComparison.Ordinal));
        foreach (var secret in new[] { "AzureWebJobsStorage", "Secrets:Keys:0:Value", "Payments:RpcUrl", "Payments:Facilitators:0:BearerToken", "Providers:0:ApiKey" })
            Assert.Contains(lines, l => l.StartsWith($"  {secret} ", StringComparison.Ordinal) && l.EndsWith("(set)", StringComparison.Ordinal));
        foreach (var secret in new[] { "hunter2", "fal-secret", TestSettings.ServerKey, "rpc-key", "AccountKey" })
            Assert.DoesNotContain(lines, l => l.Contains(secret, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Run_WrongSettings_Is1WithAllOfThemAndNoPeerIsAsked()
    {
        var (code, lines) = await CheckAsync(("Payments:PayTo", "alice"), ("Jobs:LinkDays", "soon"));

        Assert.Equal(1, code);
        Assert.Contains("The settings have 2 problem(s):", lines);
        Assert.Contains(lines, l => l.StartsWith("  Payments:PayTo: \"alice\" is not an address.", StringComparison.Ordinal));
        Assert.Contains(lines, l => l.StartsWith("  Jobs:LinkDays: \"soon\" is not a whole number.", StringComparison.Ordinal));
        Assert.DoesNotContain("Peers:", lines);
        Assert.Equal(0, _peers.Requests);
    }

    [Fact]
    public async Task Run_ManagedIdentityOnThisHost_Is1AndNoCrash()
    {
        var (code, lines) = await CheckAsync(("Storage:AccountUrl", "https://account.blob.core.windows.net"));

        Assert.Equal(1, code);
        Assert.Contains(lines, l => l.Contains("Storage:AccountUrl", StringComparison.Ordinal) && l.Contains("managed identity", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Run_NodeOfAnotherChain_Is1()
    {
        _chainId = "0x1";

        await AssertFailsAsync("  chain: eip155:8453", "the node is on chain 1; Payments:Network says 8453");
    }

    [Fact]
    public async Task Run_FacilitatorOfAnotherNetwork_Is1()
    {
        _network = "eip155:84532";

        await AssertFailsAsync($"  facilitator: 127.0.0.1:{_peers.Port}", " misconfigured: it does not settle exact payments on eip155:8453");
    }

    [Fact]
    public async Task Run_FacilitatorOfAnotherVersion_Is1AndNamesTheSetting()
    {
        var (code, lines) = await CheckAsync(("Payments:Facilitators:0:Version", "V1"));

        Assert.Equal(1, code);
        Assert.Contains(lines, l => l.EndsWith(
            " misconfigured: it settles exact payments on eip155:8453 in version 2 only: set its Version to V2", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(401, " misconfigured: its answer (HTTP 401) ")]
    [InlineData(502, " down: its answer (HTTP 502) ")]
    public async Task Run_FacilitatorThatRefusesUs_IsToldFromOneThatIsDown(int status, string expected)
    {
        _facilitatorStatus = status;

        var (code, lines) = await CheckAsync();

        Assert.Equal(1, code);
        Assert.Contains(lines, l => l.StartsWith("  facilitator: ", StringComparison.Ordinal) && l.Contains(expected, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Run_ProviderRefusesTheKey_Is1()
    {
        _providerStatus = 401;

        await AssertFailsAsync("  provider: fal", "the key is refused (HTTP 401)");
    }

    [Fact]
    public async Task Run_StorageIsNotThere_Is1AndTheOthersAreTriedAllTheSame()
    {
        const string nobody = "DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;AccountKey=AAAA;BlobEndpoint=http://127.0.0.1:1/devstoreaccount1";

        var (code, lines) = await CheckAsync(("AzureWebJobsStorage", nobody));

        Assert.Equal(1, code);
        Assert.Contains(lines, l => l.StartsWith("  storage: ", StringComparison.Ordinal) && l.EndsWith(" the connection failed", StringComparison.Ordinal));
        Assert.Contains(lines, l => l.StartsWith("  provider: fal ", StringComparison.Ordinal) && l.EndsWith(" ok", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Run_StorageRefusesTheKey_NamesItsAnswer()
    {
        var connection = azurite.ConnectionString.Replace("Eby8vdM02xNOcqFlqUwJ", "AAAAAAAAAAAAAAAAAAAA", StringComparison.Ordinal);

        var (code, lines) = await CheckAsync(("AzureWebJobsStorage", connection));

        Assert.Equal(1, code);
        Assert.Contains(lines, l => l.StartsWith("  storage: ", StringComparison.Ordinal) && l.EndsWith(" AuthorizationFailure", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Run_PaymentsOff_AsksNeitherChainNorFacilitator()
    {
        var (code, lines) = await CheckAsync(("Payments:Enabled", "false"));

        Assert.Equal(0, code);
        Assert.DoesNotContain(lines, l => l.StartsWith("  chain:", StringComparison.Ordinal) || l.StartsWith("  facilitator:", StringComparison.Ordinal));
    }

    private async Task AssertFailsAsync(string peer, string problem)
    {
        var (code, lines) = await CheckAsync();

        Assert.Equal(1, code);
        var line = Assert.Single(lines, l => l.StartsWith(peer + " ", StringComparison.Ordinal));
        Assert.EndsWith(problem, line, StringComparison.Ordinal);
        Assert.Equal(3, lines.SkipWhile(l => l != "Peers:").Count(l => l.EndsWith(" ok", StringComparison.Ordinal)));
    }

    private async Task<(int Code, string[] Lines)> CheckAsync(params (string Key, string? Value)[] changes)
    {
        var configuration = TestSettings.Configuration(
        [
            ("AzureWebJobsStorage", azurite.ConnectionString), ("Payments:RpcUrl", $"http://127.0.0.1:{_peers.Port}/rpc-key"),
            ("Payments:Facilitators:0:Url", $"http://127.0.0.1:{_peers.Port}"), ("Providers:0:BaseUrl", $"http://127.0.0.1:{_peers.Port}"), .. changes,
        ]);
        await using var output = new StringWriter();
        var code = await SettingsCheck.RunAsync(configuration, output, default);
        return (code, output.ToString().Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries));
    }

    private async Task AnswerAsync(HttpContext context)
    {
        if (context.Request.Path == "/rpc-key")
        {
            var call = await JsonDocument.ParseAsync(context.Request.Body);
            await context.Response.WriteAsJsonAsync(new { jsonrpc = "2.0", id = call.RootElement.GetProperty("id"), result = _chainId });
        }
        else if (context.Request.Path == "/supported")
        {
            context.Response.StatusCode = _facilitatorStatus;
            if (_facilitatorStatus != 200) return;
            await context.Response.WriteAsJsonAsync(new { kinds = new[] { new { x402Version = 2, scheme = "exact", network = _network } } });
        }
        else
        {
            Assert.Equal("Key fal-secret", context.Request.Headers.Authorization);
            context.Response.StatusCode = _providerStatus;
        }
    }
}
