using OviFunctions.DevStack.Installation;
using OviFunctions.DevStack.Simulators;
using OviFunctions.DevStack.Simulators.WaveSpeed;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.DevStack.Simulators;

/// <summary>The vendor's own client, <c>wavespeed</c>, against the simulator: it must not notice a difference.</summary>
public sealed class WaveSpeedClientTests : IClassFixture<PeersFixture>
{
    [Fact]
    public async Task Client_OfTheVendor_SubmitsUploadsReadsAndFails()
    {
        await using var stage = await ClientStage.OpenAsync(await WaveSpeedSimulator.StartAsync(new() { RenderClips = false }));
        var simulator = stage.Simulator;
        simulator.Faults.ForPrompt("forbidden", new SimulatorFault { Outcome = SimulatedOutcome.ContentPolicy });
        simulator.Faults.ForPrompt("slow", new SimulatorFault { Outcome = SimulatedOutcome.GenerationTimeout });
        var image = Path.Combine(RepositoryFolders.Root, "OviFunctions.Tests", "Data", "media", "picture.png");

        var seen = await VendorClient.RunAsync(
            "wavespeed-client.mjs", [simulator.Url.AbsoluteUri, simulator.Options.Key, stage.ImageUrl.AbsoluteUri, image], stage.Soon);

        var size = new FileInfo(ClipMaker.CommittedClip).Length;
        foreach (var part in (string[])["media", "uploaded", "textOnly"])
            Assert.Equal(("video/mp4", size, "ftyp"), (Text(part, "type"), seen.GetProperty(part).GetProperty("size").GetInt64(), Text(part, "brand")));

        Assert.Contains("flagged", Text("refused", "message"), StringComparison.Ordinal);
        Assert.Equal(("WavespeedPredictionException", "WavespeedTimeoutException"), (Text("refused", "error"), Text("late", "error")));
        Assert.Contains("prompt: Field required", Text("noPrompt", "message"), StringComparison.Ordinal);
        Assert.Contains("HTTP 401", Text("wrongKey", "message"), StringComparison.Ordinal);

        var webhooks = seen.GetProperty("webhooks").EnumerateArray().ToList();
        Assert.All(webhooks, webhook => Assert.True(webhook.GetProperty("signed").GetBoolean()));
        Assert.Equal(["completed", "completed", "failed", "timeout"], webhooks.Select(webhook => webhook.GetProperty("status").GetString()).Order());
        var failed = webhooks.Single(webhook => webhook.GetProperty("status").GetString() == "failed");
        Assert.Equal((1200, 0), (failed.GetProperty("code").GetInt32(), failed.GetProperty("outputs").GetArrayLength()));
        Assert.Equal(5, simulator.TakenJobs.Count);

        string Text(string part, string name) => seen.GetProperty(part).GetProperty(name).GetString()!;
    }
}
