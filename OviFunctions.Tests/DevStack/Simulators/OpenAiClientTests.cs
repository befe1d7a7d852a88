using System.Text.Json;
using OviFunctions.DevStack.Simulators;
using OviFunctions.DevStack.Simulators.OpenAiVideos;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.DevStack.Simulators;

/// <summary>The vendor's own client, <c>openai</c>, against the simulator: it must not notice a difference.</summary>
public sealed class OpenAiClientTests : IClassFixture<PeersFixture>
{
    private static readonly OpenAiVideosSimulatorOptions Small = new()
    {
        RenderClips = false,
        PollAfter = TimeSpan.FromMilliseconds(20),
        // One size more than OpenAI had, so that a small image fits.
        Models = [new("sora-2", ["720x1280", "1280x720", "64x32"]), new("sora-2-pro", ["1792x1024"])],
    };

    private JsonElement _seen;

    [Fact]
    public async Task Client_OfTheVendor_CreatesPollsDownloadsListsDeletesAndUnwrapsWebhooks()
    {
        await using var stage = await ClientStage.OpenAsync(await OpenAiVideosSimulator.StartAsync(Small));
        var simulator = stage.Simulator;
        simulator.Faults.ForPrompt("forbidden", new SimulatorFault { Outcome = SimulatedOutcome.ContentPolicy });
        var folder = Directory.CreateTempSubdirectory("ovi-openai-");
        var image = Path.Combine(folder.FullName, "image.png");
        await File.WriteAllBytesAsync(image, TestImages.Png);

        _seen = await VendorClient.RunAsync(
            "openai-client.mjs",
            [simulator.BaseUrl.AbsoluteUri, Small.Key, stage.ImageUrl.AbsoluteUri, image, Small.WebhookSecret],
            stage.Soon);
        folder.Delete(recursive: true);

        AssertVideos();
        AssertRefusals();
        AssertContents();
        AssertListAndDelete();
        AssertWebhooks(simulator.TakenJobs.Count);
    }

    private void AssertVideos()
    {
        Assert.Equal(
            ("sora-2", "8", "1280x720", "completed", 100),
            (Text("video", "model"), Text("video", "seconds"), Text("video", "size"), Text("video", "status"), Number("video", "progress")));
        Assert.Equal("queued", Of("video").GetProperty("statuses")[0].GetString());
        Assert.True(Number("video", "expires_at") >= Number("video", "completed_at") + 3600);
        foreach (var made in (string[])["withFile", "withUrl", "pro", "json"]) Assert.Equal("completed", Text(made, "status"));
        Assert.Equal(("sora-2", "4", "720x1280"), (Text("json", "model"), Text("json", "seconds"), Text("json", "size")));
    }

    private void AssertRefusals()
    {
        Assert.Equal((400, "input_reference"), (Number("wrongImage", "status"), Text("wrongImage", "param")));
        Assert.Equal("failed", Text("wrongImageByUrl", "status"));
        Assert.Equal((400, "seconds", "invalid_value"), (Number("wrongSeconds", "status"), Text("wrongSeconds", "param"), Text("wrongSeconds", "code")));
        Assert.Equal((400, "size"), (Number("wrongSize", "status"), Text("wrongSize", "param")));
        Assert.Equal((404, "model_not_found"), (Number("wrongModel", "status"), Text("wrongModel", "code")));
        Assert.Equal((401, "invalid_api_key"), (Number("wrongKey", "status"), Text("wrongKey", "code")));
        Assert.Equal((400, "unknown_parameter", "seed"), (Number("withSeed", "status"), Text("withSeed", "code"), Text("withSeed", "param")));
        Assert.Equal(("failed", "moderation_blocked"), (Text("refused", "status"), Of("refused").GetProperty("error").GetProperty("code").GetString()));
    }

    private void AssertContents()
    {
        var contents = Of("contents");
        Assert.Equal(
            "video/mp4 image/webp image/jpeg",
            string.Join(' ', contents.EnumerateObject().Select(variant => variant.Value.GetProperty("type").GetString())));
        Assert.Equal(
            ("ftyp", new FileInfo(ClipMaker.CommittedClip).Length),
            (contents.GetProperty("video").GetProperty("brand").GetString(), contents.GetProperty("video").GetProperty("size").GetInt64()));
        Assert.Equal(404, Number("early", "status"));
    }

    private void AssertListAndDelete()
    {
        var first = Strings(Of("list").GetProperty("first"));
        Assert.Equal((Text("video", "id"), Text("withFile", "id"), 2), (first[0], first[1], first.Count));
        Assert.True(Of("list").GetProperty("hasMore").GetBoolean());
        var all = Strings(Of("list").GetProperty("all"));
        Assert.Equal((Text("json", "id"), Text("video", "id"), 7), (all[0], all[^1], all.Count));
        Assert.True(Of("deleted").GetProperty("deleted").GetBoolean());
        Assert.Equal(404, Number("gone", "status"));
    }

    private void AssertWebhooks(int taken)
    {
        var events = Of("events").EnumerateArray().ToDictionary(e => e.GetProperty("data").GetProperty("id").GetString()!, e => e.GetProperty("type").GetString());
        Assert.Equal(taken, events.Count);
        Assert.Equal("video.completed", events[Text("video", "id")!]);
        Assert.Equal(("video.failed", "video.failed"), (events[Text("refused", "id")!], events[Text("wrongImageByUrl", "id")!]));
        Assert.Equal("InvalidWebhookSignatureError", Of("forged").GetString());
    }

    private JsonElement Of(string part) => _seen.GetProperty(part);

    private string? Text(string part, string name) => Of(part).GetProperty(name).GetString();

    private long Number(string part, string name) => Of(part).GetProperty(name).GetInt64();

    private static List<string?> Strings(JsonElement array) => [.. array.EnumerateArray().Select(text => text.GetString())];
}
