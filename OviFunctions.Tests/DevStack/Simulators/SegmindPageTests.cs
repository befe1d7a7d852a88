using OviFunctions.DevStack.Installation;
using OviFunctions.DevStack.Simulators;
using OviFunctions.DevStack.Simulators.Segmind;

namespace OviFunctions.Tests.DevStack.Simulators;

/// <summary>Segmind has no client for npm: the request of its own page, verbatim, against the simulator.</summary>
public sealed class SegmindPageTests
{
    [Fact]
    public async Task Request_OfThePage_IsAnsweredAsSegmindSays()
    {
        await using var stage = await ClientStage.OpenAsync(await SegmindSimulator.StartAsync(new() { RenderClips = false }));
        var simulator = stage.Simulator;
        simulator.Faults.ForPrompt("broken", new SimulatorFault { Outcome = SimulatedOutcome.InternalError });
        simulator.Faults.ForPrompt("forbidden", new SimulatorFault { Outcome = SimulatedOutcome.ContentPolicy });
        var sample = Path.Combine(RepositoryFolders.Root, "OviFunctions.Tests", "Data", "segmind-ovi-i2v.py");

        var seen = await VendorClient.RunAsync(
            "segmind-page.mjs", [simulator.Url.AbsoluteUri, simulator.Options.Key, stage.ImageUrl.AbsoluteUri, sample], stage.Soon);

        Assert.StartsWith("A young woman wearing a white blouse", Text("sent", "prompt"), StringComparison.Ordinal);
        var size = new FileInfo(ClipMaker.CommittedClip).Length;
        foreach (var part in (string[])["page", "seeded", "file"])
            Assert.Equal((200, "video/mp4", size, "ftyp"), (Number(part, "status"), Text(part, "type"), Number(part, "size"), Text(part, "brand")));
        Assert.Equal(("0.25", "7"), (Text("page", "cost"), Text("seeded", "seed")));

        Assert.Equal(200, Number("asynchronous", "http"));
        Assert.Equal(("QUEUED", "COMPLETED"), (Statuses("asynchronous")[0], Statuses("asynchronous")[^1]));
        Assert.Equal((422, "FAILED", "Internal server error"), (Number("failed", "http"), Text("failed", "status"), Text("failed", "error")));
        Assert.Equal(400, Number("refused", "status"));
        Assert.Equal((400, "Missing required parameter: image"), (Number("noImage", "status"), Text("noImage", "error")));
        Assert.Equal((406, "Invalid parameter seed: should be an integer"), (Number("wrongSeed", "status"), Text("wrongSeed", "error")));
        Assert.Equal(406, Number("noContentType", "status"));
        Assert.Contains("Content-Type", Text("noContentType", "error"), StringComparison.Ordinal);
        Assert.Equal((401, "Unauthorized"), (Number("bearer", "status_code"), Text("bearer", "error")));
        Assert.Equal("text/html", seen.GetProperty("get").GetString());
        Assert.Equal((404, "Request none not found"), (Number("unknown", "status"), Text("unknown", "error")));
        Assert.Equal(5, simulator.TakenJobs.Count);

        string? Text(string part, string name) => seen.GetProperty(part).GetProperty(name).GetString();
        long Number(string part, string name) => seen.GetProperty(part).GetProperty(name).GetInt64();
        List<string?> Statuses(string part) => [.. seen.GetProperty(part).GetProperty("statuses").EnumerateArray().Select(s => s.GetString())];
    }
}
