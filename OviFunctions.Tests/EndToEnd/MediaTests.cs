using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using OviFunctions.DevStack;
using OviFunctions.Tests.EndToEnd.Support;
using OviFunctions.Tests.Media.Ffmpeg;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.EndToEnd;

/// <summary>A size that the engine does not make is asked for, and is what the buyer gets; and the same where there is no ffmpeg.</summary>
public sealed class MediaTests(FinishingGateway finishing) : GatewayTest(finishing.Gateway), IClassFixture<FinishingGateway>
{
    [FactWith("ffprobe")]
    public async Task Buy_SizeThatTheEngineDoesNotMake_GivesExactlyThatWithOriginalAndPoster()
    {
        var payer = await NewPayerAsync();
        var body = Body();
        // Without sound in it, the prompt would be warned of.
        (body["prompt"], body["resolution"], body["image_fit"]) = (Prompt + " <AUDCAP>Thunder<ENDAUDCAP>", "448x1120", "pad");
        Assert.Null((await Shop.OrderAsync(body.ToJsonString())).Json.Find("warnings"));
        Assert.Null((await Shop.GetAsync(Shop.JobsPath)).Json.Find("warnings"));

        var answer = await PayAsync(payer.Sign(await Shop.QuoteAsync()), body);
        Assert.Null(answer.Json.Find("job.warnings") ?? answer.Json.Find("warnings"));
        var ticket = Ticket.Of(answer);
        var job = await Shop.EndOfAsync(ticket);

        Assert.Equal([Price], await payer.PaymentsAsync());
        Assert.Equal(("succeeded", "pad", "exact"), (job.Text("status"), job.Text("params.image_fit"), job.Text("params.output_fit")));
        Assert.Equal(
            ["video 448x1120", "original 448x1152", "poster 448x1120"],
            job.GetProperty("assets").EnumerateArray().Select(asset => $"{asset.Text("id")} {asset.Text("resolution")}"));
        var (video, original, poster) = (await FileAsync(0), await FileAsync(1), await FileAsync(2));
        Assert.Equal("h264x448x1120xyuv420p", MediaBench.Probe(video, "stream=codec_name,width,height,pix_fmt").Split('\n')[0]);
        Assert.Equal("h264x448x1152", MediaBench.Probe(original, "stream=codec_name,width,height").Split('\n')[0]);
        Assert.Equal("mjpegx448x1120", MediaBench.Probe(poster, "stream=codec_name,width,height"));
        Assert.Equal(MediaBench.Probe(original, "stream=nb_frames"), MediaBench.Probe(video, "stream=nb_frames"));
        Assert.Equal(video[..100], (await Shop.GetAsync(ticket.ContentPath, ticket.Bearer, ("Range", "bytes=0-99"))).Body);
        // The provider saw the fitted picture: a lying image between two black bars.
        Assert.Equal(("K", "K"), (MediaBench.ColourAt(poster, 224, 40), MediaBench.ColourAt(poster, 224, 1080)));

        async Task<byte[]> FileAsync(int index)
        {
            var asset = job.GetProperty("assets")[index];
            var file = await Shop.GetAsync(new Uri(asset.Text("url")!).PathAndQuery);
            Assert.Equal((200, asset.Text("mime_type")), (file.Status, file.Header("Content-Type")));
            Assert.Equal((asset.Text("sha256"), asset.GetProperty("bytes").GetInt64()), (Convert.ToHexStringLower(SHA256.HashData(file.Body)), file.Body.Length));
            return file.Body;
        }
    }

    [FactWith("ffmpeg")]
    public async Task Batch_EveryModel_IsFittedAndFinished()
    {
        // The image has 64 x 32, and the simulated server takes one of exactly the video's size only.
        var sora = new JsonObject { ["model"] = "sora-2", ["prompt"] = Prompt, ["aspect_ratio"] = "9:16", ["input_reference"] = OrderBody.Image };
        var text = new JsonObject { ["model"] = "ovi/text-to-video", ["prompt"] = Prompt, ["resolution"] = "1120x448" };
        var image = Body();
        image["resolution"] = "720x720";
        var body = new JsonObject { ["items"] = new JsonArray(sora, text, image) };

        var ordered = await Shop.OrderAsync(
            Encoding.UTF8.GetBytes(body.ToJsonString()), Shop.Key(GatewaySettings.ApiKey, "every-model"), "/v1/videos/batches", Soon);
        var job = await Shop.EndOfAsync(Ticket.Of(ordered));

        Assert.Equal(
            ["video 720x1280, poster 720x1280", "video 1120x448, original 1152x448, poster 1120x448", "video 720x720, original 704x704, poster 720x720"],
            job.GetProperty("items").EnumerateArray().Select(item => string.Join(", ",
                item.GetProperty("assets").EnumerateArray().Select(asset => $"{asset.Text("id")} {asset.Text("resolution")}"))));
    }

    [FactWith("ffmpeg")]
    public async Task Buy_ImageThatCannotBeDecoded_Is422AndCostsNothing()
    {
        var payer = await NewPayerAsync();
        var body = Body();
        body["image_url"] = "data:image/png;base64," + Convert.ToBase64String(MediaBench.BrokenPng());

        var answer = await PayAsync(payer.Sign(await Shop.QuoteAsync()), body);

        Assert.Equal((422, "undecodable"), (answer.Status, answer.Text("code")));
        Assert.Equal(10 * Price, await payer.BalanceAsync());
        Assert.Equal(0, SubmitsAt(Stack.Fal));
    }
}

/// <summary>The same without ffmpeg: on the gateway that most tests share.</summary>
public sealed class NativeSizeTests(GatewayFixture fixture) : GatewayTest(fixture.Gateway), IClassFixture<GatewayFixture>
{
    [Fact]
    public async Task Buy_NoFfmpeg_QuoteNamesTheSizeThatComesOut()
    {
        var body = Body();
        body["resolution"] = "448x1120"; // the image has 64 x 32
        const string size = "1024x512";
        Assert.Contains("704x704", (await Shop.GetAsync(Shop.JobsPath)).Text("warnings.0"), StringComparison.Ordinal);
        Assert.Contains(size, (await Shop.OrderAsync(body.ToJsonString())).Text("warnings.0"), StringComparison.Ordinal);

        var answer = await Shop.OrderAsync(body.ToJsonString(), Shop.Key(GatewaySettings.ApiKey, "native-size"));
        Assert.Contains(size, answer.Text("warnings.0"), StringComparison.Ordinal);
        var job = await Shop.EndOfAsync(Ticket.Of(answer));

        Assert.Equal((1, "video"), (job.Count("assets"), job.Text("assets.0.id")));
        Assert.Contains("448x1120", job.Text("assets.0.note"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Order_SoraWithAnImageOfAnotherSize_FailsWithBothSizesBeforeAnybodyIsPaid()
    {
        var body = new JsonObject { ["prompt"] = Prompt, ["input_reference"] = OrderBody.Image };

        var answer = await Shop.OrderAsync(
            Encoding.UTF8.GetBytes(body.ToJsonString()), Shop.Key(GatewaySettings.ApiKey, "sora-image"), "/v1/videos/sora-2/jobs", Soon);

        var job = await Shop.EndOfAsync(Ticket.Of(answer));
        Assert.Equal(("failed", "image_size", 0m), (job.Text("status"), job.Text("error.code"), job.GetProperty("cost_actual_usd").GetDecimal()));
        Assert.Contains("64x32; it must be exactly 1280x720", job.GetProperty("error").ToString(), StringComparison.Ordinal);
        Assert.Equal(0, job.Count("attempts"));
    }
}
