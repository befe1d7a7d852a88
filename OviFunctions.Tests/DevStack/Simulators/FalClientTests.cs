using OviFunctions.DevStack.Simulators;
using OviFunctions.DevStack.Simulators.Fal;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.DevStack.Simulators;

/// <summary>The vendor's own client, <c>@fal-ai/client</c>, against the simulator: it must not notice a difference.</summary>
public sealed class FalClientTests : IClassFixture<PeersFixture>
{
    [Fact]
    public async Task Client_OfTheVendor_SubmitsReadsFailsAndCancels()
    {
        var options = new FalSimulatorOptions { RenderClips = false };
        await using var stage = await FalStage.OpenAsync(options);
        stage.Fal.Faults.ForPrompt("forbidden", new SimulatorFault { Outcome = SimulatedOutcome.ContentPolicy });
        stage.Fal.Faults.ForPrompt("broken", new SimulatorFault { Outcome = SimulatedOutcome.InternalError, StatusHidesError = true });
        stage.Fal.Faults.ForPrompt("endless", new SimulatorFault { Outcome = SimulatedOutcome.NeverFinishes });

        var seen = await VendorClient.RunAsync(
            "fal-client.mjs", [stage.Fal.Url.AbsoluteUri, options.Key, stage.ImageUrl.AbsoluteUri], stage.Soon);

        var video = seen.GetProperty("video");
        Assert.Equal("IN_QUEUE", video.GetProperty("statuses")[0].GetString());
        Assert.Equal(video.GetProperty("requestId").GetString(), video.GetProperty("resultRequestId").GetString());
        Assert.Equal(11, video.GetProperty("data").GetProperty("seed").GetInt64());
        Assert.Equal(
            ("video/mp4", video.GetProperty("data").GetProperty("video").GetProperty("file_size").GetInt64(), "ftyp"),
            (Text("media", "type"), seen.GetProperty("media").GetProperty("size").GetInt64(), Text("media", "brand")));

        Assert.Equal(("ftyp", 5), (Text("textOnly", "brand"), seen.GetProperty("textOnly").GetProperty("seed").GetInt32()));
        Assert.Equal("one_of", seen.GetProperty("wrongSize").GetProperty("types")[0].GetString());

        Assert.Equal(("ValidationError", 422), (Text("refused", "error"), seen.GetProperty("refused").GetProperty("status").GetInt32()));
        Assert.Equal("content_policy_violation", seen.GetProperty("refused").GetProperty("types")[0].GetString());
        Assert.Equal(Text("refused", "requestId"), Text("refused", "falId"));
        Assert.Equal(("ApiError", 500), (Text("broken", "error"), seen.GetProperty("broken").GetProperty("status").GetInt32()));

        var webhooks = seen.GetProperty("webhooks").EnumerateArray().ToDictionary(w => w.GetProperty("request_id").GetString()!);
        Assert.Equal(5, webhooks.Count);
        Assert.All(webhooks.Values, w => Assert.True(w.GetProperty("signed").GetBoolean()));
        Assert.Equal("OK", webhooks[Text("video", "requestId")].GetProperty("status").GetString());
        Assert.Equal("Invalid status code: 422", webhooks[Text("refused", "requestId")].GetProperty("error").GetString());

        var submit = stage.Fal.Calls.Entries.First(c => c.Kind == SimulatorCallKind.Submit);
        Assert.Equal(("low", "30"), (submit.Headers["x-fal-queue-priority"], submit.Headers["x-fal-request-timeout"]));
        Assert.Contains(stage.Fal.Calls.Entries, c => c is { Kind: SimulatorCallKind.Cancel, Status: < 300 });

        string Text(string part, string name) => seen.GetProperty(part).GetProperty(name).GetString()!;
    }
}
