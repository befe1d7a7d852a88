using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using OviFunctions.Jobs;
using OviFunctions.Media.Ffmpeg;
using OviFunctions.Providers;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Jobs;

/// <summary>The request of OVI text-to-video, and what both OVI models say of a prompt.</summary>
public sealed class OviTextToVideoTests
{
    private static readonly OviTextToVideo Model = new(TestSettings.Read(), JobSamples.NewIntake(), JobSamples.NewGuard());
    private static readonly OviImageToVideo WithImage = new(TestSettings.Read(), JobSamples.NewIntake(), JobSamples.NewGuard());

    [Fact]
    public void Validate_PromptOnly_IsAnOrderWithoutAnImage()
    {
        var order = Validate(new JsonObject { ["prompt"] = "<S>Hi<E>" });

        Assert.Empty(order.Problems);
        Assert.Empty(order.Warnings);
        Assert.Null(order.Image);
        var request = order.Request!;
        Assert.Equal((true, null, "992x512", 30), (request.IsTextOnly, request.ImageUrl, request.Resolution, request.Steps));
        Assert.Equal(new RequestNeeds(RequestFields.None, request.Seed, "992x512"), Model.NeedsOf(request));
        Assert.Equal(RequestFields.None, Model.NeedsOf(null).Fields);
    }

    [Fact]
    public void Validate_EveryField_IsTakenAndNeeded()
    {
        var request = Validate(new JsonObject
        {
            ["prompt"] = "<S>Hi<E>", ["resolution"] = "720x720", ["negative_prompt"] = "n", ["audio_negative_prompt"] = "a", ["num_inference_steps"] = 12,
            ["seed"] = -5, ["user"] = "u-1", ["webhook_url"] = "https://hooks.example.com/x", ["duration_seconds"] = 5,
            ["fal_options"] = new JsonObject { ["priority"] = "low" },
        }).Request!;

        Assert.Equal(
            ("720x720", "n", "a", 12, -5L, "u-1", "https://hooks.example.com/x", "low"),
            (request.Resolution, request.NegativePrompt, request.AudioNegativePrompt, request.Steps, request.Seed, request.User, request.WebhookUrl, request.FalOptions["priority"]));
        Assert.Equal(
            new RequestNeeds(
                RequestFields.Resolution | RequestFields.NegativePrompt | RequestFields.AudioNegativePrompt | RequestFields.Steps | RequestFields.Options, -5, "720x720"),
            Model.NeedsOf(request));
    }

    [Fact]
    public void Validate_Image_IsRefusedBeforePayment()
    {
        var problem = Assert.Single(Validate(new JsonObject { ["prompt"] = "x", ["image_url"] = "https://example.com/a.png" }).Problems);

        Assert.Equal(("/image_url", "unknown_field"), (problem.Where, problem.Code));
    }

    [Theory]
    [InlineData("992x512", null)]
    [InlineData("512x992", null)]
    [InlineData("960x512", "992x512")]
    [InlineData("512x960", "512x992")]
    [InlineData("720x720", "704x704")]
    [InlineData("448x1120", "448x1152")]
    [InlineData("1120x448", "1152x448")]
    public void Validate_SizeThatOviRounds_TheOneThatComesOutIsNamedUnlessItIsMadeExact(string resolution, string? comesOut)
    {
        using var ffmpeg = new FfmpegTool(TestSettings.Read(("Media:FfmpegPath", "/usr/bin/ffmpeg")), TimeProvider.System);
        var finishing = new OviTextToVideo(TestSettings.Read(), JobSamples.NewIntake(), JobSamples.NewGuard(), ffmpeg);
        var body = new JsonObject { ["prompt"] = "<S>Hi<E>", ["resolution"] = resolution };
        var without = Validate(body).Warnings;
        Assert.Empty(Validate(body, finishing).Warnings);
        body["output_fit"] = "native";
        var native = Validate(body, finishing).Warnings;

        Assert.Equal(without, native);
        if (comesOut is null) Assert.Empty(without);
        else Assert.Contains($"for {resolution} it makes {comesOut}", Assert.Single(without), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("<S>Hi", "unbalanced_tag")]
    [InlineData("<S>Hi <AUDCAP>rain<ENDAUDCAP><E>", "nested_tag")]
    public void Validate_TagsThatDoNotFit_AreRefusedByBothModels(string prompt, string code)
    {
        var body = new JsonObject { ["prompt"] = prompt };
        Assert.Equal(("/prompt", code), Only(Validate(body)));
        body["image_url"] = "https://example.com/a.png";
        Assert.Equal(("/prompt", code), Only(Validate(body, WithImage)));

        static (string, string) Only(Order order) => (Assert.Single(order.Problems).Where, order.Problems[0].Code);
    }

    [Fact]
    public void Validate_DoubtfulPrompts_AreWarnedOfByBothModels()
    {
        var body = new JsonObject { ["prompt"] = "A dog", ["negative_prompt"] = "<S>", ["audio_negative_prompt"] = "<E>" };
        var warnings = Validate(body).Warnings;
        body["image_url"] = "https://example.com/a.png";

        Assert.Equal(3, warnings.Count);
        // What is said of sizes comes first, and is the other model's only.
        Assert.Equal(warnings, Validate(body, WithImage).Warnings.TakeLast(3));
        Assert.StartsWith("negative_prompt ", warnings[1], StringComparison.Ordinal);
        Assert.StartsWith("audio_negative_prompt ", warnings[2], StringComparison.Ordinal);
    }

    [Fact]
    public void Validate_PromptWithALabel_IsKeptAsTheBuyerWroteIt() =>
        Assert.Equal("A dog. Audio: it barks", Validate(new JsonObject { ["prompt"] = "A dog. Audio: it barks" }).Request!.Prompt);

    [Fact]
    public void Resource_Schema_IsWhatIsTaken()
    {
        var schema = Model.Resource.BodySchema;

        Assert.Equal(["prompt"], schema.GetProperty("required").EnumerateArray().Select(r => r.GetString()));
        foreach (var field in schema.GetProperty("properties").EnumerateObject())
            Assert.DoesNotContain(Validate(new JsonObject { ["prompt"] = "x", [field.Name] = null }).Problems, p => p.Code == "unknown_field");
        Assert.Empty(Validate(JsonNode.Parse(Model.Resource.BodyExample.GetRawText())!.AsObject()).Problems);
        Assert.Equal(new Uri("http://127.0.0.1:7071/v1/videos/ovi/text-to-video/jobs"), Model.Resource.Url);
    }

    [Fact]
    public void PriceAtomic_Settings_AreItsOwn()
    {
        var settings = TestSettings.Read(
            ("Prices:OviTextToVideo", "0.3"), ("Prices:OviTextToVideoSurcharges:0:Resolution", "720x720"), ("Prices:OviTextToVideoSurcharges:0:Usdc", "0.05"));
        var model = new OviTextToVideo(settings, JobSamples.NewIntake(), JobSamples.NewGuard());

        Assert.Equal((300_000, 350_000), (model.PriceAtomic((VideoRequest?)null), model.HighestPriceAtomic));
        Assert.Equal(350_000, model.PriceAtomic(JobSamples.Request with { Resolution = "720x720" }));
        Assert.Equal(420_000, new OviImageToVideo(settings, JobSamples.NewIntake(), JobSamples.NewGuard()).HighestPriceAtomic);
    }

    private static Order Validate(JsonObject body, IVideoModel? model = null)
    {
        var bytes = Encoding.UTF8.GetBytes(body.ToJsonString());
        using var document = JsonDocument.Parse(bytes);
        return (model ?? Model).Validate(bytes, document.RootElement);
    }
}
