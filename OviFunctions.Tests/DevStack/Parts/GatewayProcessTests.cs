using System.Net.Http.Json;
using OviFunctions.DevStack;
using OviFunctions.DevStack.Parts;
using OviFunctions.DevStack.Processes;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.DevStack.Parts;

/// <summary>Starting, killing and restarting, with a stand-in for the gateway.</summary>
[Collection(StackGroup.Name)]
public sealed class GatewayProcessTests(StackFixture fixture)
{
    private sealed record Seen(int Starts, int Pid, string Storage, string? Extra);

    [Fact]
    public async Task Start_GivesItItsSettingsAndWaitsUntilItIsReady()
    {
        await using var gateway = await StartAsync(new Dictionary<string, string> { ["Some__Setting"] = "yes" });

        var seen = await AskAsync(gateway);

        Assert.Equal(fixture.Stack.Endpoints.StorageConnectionString, seen.Storage);
        Assert.Equal("yes", seen.Extra);
    }

    [Fact]
    public async Task KillAndRestart_ComesBackOnTheSamePortAndDatabase()
    {
        await using var gateway = await StartAsync();
        var before = await AskAsync(gateway);

        await gateway.KillAsync();
        await Assert.ThrowsAsync<HttpRequestException>(() => AskAsync(gateway));
        await gateway.RestartAsync(CancellationToken.None);

        var after = await AskAsync(gateway);
        Assert.NotEqual(before.Pid, after.Pid);
        Assert.Equal(2, after.Starts);
    }

    [Fact]
    public async Task Dispose_RestartWasGivenUp_EndsInPeace()
    {
        var gateway = await StartAsync();
        await gateway.KillAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => gateway.RestartAsync(new CancellationToken(canceled: true)));

        await gateway.DisposeAsync();
    }

    [Fact]
    public async Task Start_ProgramThatEnds_ThrowsWithItsLastWords()
    {
        var command = new ProcessSpec("Gateway", "node", ["-e", "console.error('setting X is missing'); process.exit(1)"]);

        var error = await Assert.ThrowsAsync<StackException>(() => StartAsync(command: command));

        Assert.Contains("setting X is missing", error.Message, StringComparison.Ordinal);
    }

    private Task<GatewayProcess> StartAsync(Dictionary<string, string>? settings = null, ProcessSpec? command = null) => fixture.Stack.StartGatewayAsync(
        new GatewayOptions(fixture.Stack.Endpoints)
        {
            Port = Ports.TakeFree(),
            Settings = settings ?? [],
            Command = command ?? new ProcessSpec("Gateway", "node", [Path.Combine(AppContext.BaseDirectory, "Data", "stub-gateway.mjs")]),
        },
        CancellationToken.None);

    private static async Task<Seen> AskAsync(GatewayProcess gateway)
    {
        using var http = new HttpClient();
        return (await http.GetFromJsonAsync<Seen>(gateway.Url))!;
    }
}
