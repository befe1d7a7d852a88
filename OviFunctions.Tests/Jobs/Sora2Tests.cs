using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using OviFunctions.Jobs;
using OviFunctions.Media;
using OviFunctions.Payments.Evm;
using OviFunctions.Payments.X402;
using OviFunctions.Providers;
using OviFunctions.Tests.Media;
using OviFunctions.Tests.Payments;
using OviFunctions.Tests.Payments.X402;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Jobs;

/// <summary>The request of Sora 2: every field, its aliases, and what it costs.</summary>
public sealed class Sora2Tests
{
    private static readonly IVideoModel Model = new Sora2(TestSettings.Read(), JobSamples.NewIntake(), JobSamples.NewGuard());

    [Fact]
    public void Validate_PromptOnly_HasEveryDefaultWrittenOut()
    {
        var order = Validate("{}");

        Assert.Empty(order.Problems);
        Assert.Empty(order.Warnings);
        Assert.Null(order.Image);
        var request = order.Request!;
        Assert.Equal(
            ("A dog barks", "sora-2", "1280x720", 4, true, null, null),
            (request.Prompt, request.Variant, request.Resolution, request.Seconds, request.IsTextOnly, request.ImageUrl, request.ImageSize));
        Assert.Equal(1_050_000, Model.PriceAtomic(request));
    }

    [Theory]
    [InlineData("""{"size":"720p"}""", "1280x720")]
    [InlineData("""{"resolution":"720p"}""", "1280x720")]
    [InlineData("""{"size":"720P","aspect_ratio":"9:16"}""", "720x1280")]
    [InlineData("""{"aspect_ratio":"16:9"}""", "1280x720")]
    [InlineData("""{"aspect_ratio":"9:16"}""", "720x1280")]
    [InlineData("""{"size":"720x1280"}""", "720x1280")]
    [InlineData("""{"resolution":"720X1280","aspect_ratio":"9:16"}""", "720x1280")]
    [InlineData("""{"size":"720p","resolution":"720x1280"}""", "720x1280")] // 720p alone has no orientation
    [InlineData("""{"size":"720x1280","resolution":"720p"}""", "720x1280")]
    [InlineData("""{"size":"1280x720","resolution":"1280x720","aspect_ratio":"16:9"}""", "1280x720")]
    [InlineData("""{"size":null,"resolution":null,"aspect_ratio":null}""", "1280x720")]
    [InlineData("""{"model":"sora-2-pro"}""", "1280x720")]
    [InlineData("""{"model":"sora-2-pro","size":"1080p"}""", "1920x1080")]
    [InlineData("""{"model":"sora-2-pro","size":"1080p","aspect_ratio":"9:16"}""", "1080x1920")]
    [InlineData("""{"model":"sora-2-pro","resolution":"1024x1792"}""", "1024x1792")]
    [InlineData("""{"model":"sora-2-pro","size":"1792x1024"}""", "1792x1024")]
    public void Validate_Size_IsTheOneThatIsSent(string fields, string size)
    {
        var order = Validate(fields);

        Assert.Empty(order.Problems);
        Assert.Equal(size, order.Request!.Resolution);
    }

    [Theory]
    [InlineData("""{"seconds":4}""", 4)]
    [InlineData("""{"seconds":"8"}""", 8)]
    [InlineData("""{"seconds":8.0}""", 8)]
    [InlineData("""{"seconds":"12.00"}""", 12)]
    [InlineData("""{"seconds":1.6e1}""", 16)]
    [InlineData("""{"duration_seconds":20}""", 20)]
    [InlineData("""{"duration_seconds":"20"}""", 20)]
    [InlineData("""{"seconds":"8.0","duration_seconds":8}""", 8)]
    [InlineData("""{"seconds":null,"duration_seconds":null,"duration_policy":null}""", 4)]
    [InlineData("""{"seconds":8,"duration_policy":"exact"}""", 8)]
    [InlineData("""{"seconds":8,"duration_policy":"nearest_up"}""", 8)]
    [InlineData("""{"duration_policy":"nearest_up"}""", 4)]
    [InlineData("""{"seconds":0.5,"duration_policy":"nearest_up"}""", 4)]
    [InlineData("""{"seconds":"4.01","duration_policy":"nearest_up"}""", 8)]
    [InlineData("""{"duration_seconds":10,"duration_policy":"nearest_up"}""", 12)]
    [InlineData("""{"duration_seconds":19.999,"duration_policy":"nearest_up"}""", 20)]
    public void Validate_Length_IsTheOneThatIsMadeAndPaid(string fields, int seconds)
    {
        var order = Validate(fields);

        Assert.Empty(order.Problems);
        Assert.Equal(seconds, order.Request!.Seconds);
        Assert.Equal(seconds * 262_500, Model.PriceAtomic(order));
    }

    [Theory]
    // Aliases that disagree.
    [InlineData("""{"size":"720x1280","resolution":"1280x720"}""", "/resolution", "conflict", "720x1280")]
    [InlineData("""{"size":"720p","resolution":"1080p","model":"sora-2-pro"}""", "/resolution", "conflict", "1080p")]
    [InlineData("""{"size":"1280x720","aspect_ratio":"9:16"}""", "/aspect_ratio", "conflict", "1280x720, which is 16:9")]
    [InlineData("""{"size":"720p","resolution":"720x1280","aspect_ratio":"16:9"}""", "/aspect_ratio", "conflict", "resolution is 720x1280")]
    [InlineData("""{"seconds":4,"duration_seconds":8}""", "/duration_seconds", "conflict", "seconds is 4 and duration_seconds is 8")]
    [InlineData("""{"seconds":"10","duration_seconds":12,"duration_policy":"nearest_up"}""", "/duration_seconds", "conflict", "10")]
    // What the variant does not make; never dearer in silence.
    [InlineData("""{"size":"1080p"}""", "/size", "not_offered", "1280x720 and 720x1280")]
    [InlineData("""{"resolution":"1080p"}""", "/resolution", "not_offered", "sora-2-pro")]
    [InlineData("""{"size":"1792x1024"}""", "/size", "not_offered", "sora-2-pro")]
    [InlineData("""{"size":"640x480"}""", "/size", "one_of", "720p or, as WIDTHxHEIGHT, one of 1280x720, 720x1280.")]
    [InlineData("""{"size":"480p","model":"sora-2-pro"}""", "/size", "one_of", "1080p")]
    [InlineData("""{"size":"1280*720"}""", "/size", "one_of", "1280x720")]
    [InlineData("""{"resolution":720}""", "/resolution", "type", "string")]
    [InlineData("""{"aspect_ratio":"1:1"}""", "/aspect_ratio", "one_of", "16:9 or 9:16")]
    [InlineData("""{"model":"sora-3"}""", "/model", "one_of", "sora-2-pro")]
    // Lengths.
    [InlineData("""{"seconds":10}""", "/seconds", "not_offered", "4, 8, 12, 16, 20 seconds. Send one of them, or \"duration_policy\": \"nearest_up\" for the next longer one, 12 seconds")]
    [InlineData("""{"duration_seconds":"7.5"}""", "/duration_seconds", "not_offered", "7.5")]
    [InlineData("""{"seconds":21}""", "/seconds", "not_offered", "Send one of them.")]
    [InlineData("""{"seconds":21,"duration_policy":"nearest_up"}""", "/seconds", "not_offered", "20")]
    [InlineData("""{"seconds":0}""", "/seconds", "type", "above 0")]
    [InlineData("""{"seconds":-4}""", "/seconds", "type", "above 0")]
    [InlineData("""{"seconds":1e400}""", "/seconds", "type", "number")]
    [InlineData("""{"seconds":"8,0"}""", "/seconds", "type", "number")]
    [InlineData("""{"seconds":" 8"}""", "/seconds", "type", "number")]
    [InlineData("""{"seconds":"+8"}""", "/seconds", "type", "number")]
    [InlineData("""{"seconds":"8s"}""", "/seconds", "type", "number")]
    [InlineData("""{"seconds":"8e0"}""", "/seconds", "type", "number")]
    [InlineData("""{"seconds":"٨"}""", "/seconds", "type", "number")]
    [InlineData("""{"seconds":""}""", "/seconds", "length", "1 to 16")]
    [InlineData("""{"seconds":true}""", "/seconds", "type", "number")]
    [InlineData("""{"duration_seconds":[8]}""", "/duration_seconds", "type", "number")]
    [InlineData("""{"duration_policy":"nearest"}""", "/duration_policy", "one_of", "nearest_up")]
    // The reference is an image.
    [InlineData("""{"input_reference":"data:video/mp4;base64,AAAA"}""", "/input_reference", "source", "image")]
    [InlineData("""{"input_reference":"AAAAIGZ0eXBpc29tAAACAGlzb21pc28y"}""", "/input_reference", "format", "MP4")]
    [InlineData("""{"input_reference":"ftp://example.com/a.png"}""", "/input_reference", "source", "https URL")]
    [InlineData("""{"input_reference":""}""", "/input_reference", "source", "empty")]
    [InlineData("""{"input_reference":{"image_url":"https://example.com/a.png"}}""", "/input_reference", "type", "string")]
    // Nothing is dropped in silence.
    [InlineData("""{"seed":7}""", "/seed", "unknown_field", "duration_seconds")]
    [InlineData("""{"negative_prompt":"x"}""", "/negative_prompt", "unknown_field", "prompt")]
    [InlineData("""{"image_url":"https://example.com/a.png"}""", "/image_url", "unknown_field", "input_reference")]
    [InlineData("""{"prompt":null}""", "/prompt", "required", "4000")]
    [InlineData("""{"prompt":""}""", "/prompt", "length", "1 to 4000")]
    [InlineData("""{"webhook_url":"http://hooks.example.com/x"}""", "/webhook_url", "url", "https")]
    public void Validate_WrongField_IsNamedAloneWithWhatWouldBeRight(string fields, string where, string code, string right)
    {
        var order = Validate(fields);

        Assert.Null(order.Request);
        var problem = Assert.Single(order.Problems);
        Assert.Equal((where, code), (problem.Where, problem.Code));
        Assert.Contains(right, problem.Detail, StringComparison.Ordinal);
        Assert.Equal(1_050_000, Model.PriceAtomic(order));
    }

    [Fact]
    public void Validate_ImageUrl_BecomesTheFirstFrameAndMustHaveTheVideosSize()
    {
        var order = Validate("""{"input_reference":"https://example.com/dog.jpg","aspect_ratio":"9:16","user":"u-1","webhook_url":"https://hooks.example.com/x"}""");

        var request = order.Request!;
        Assert.Equal(new ImageSource.Remote("https://example.com/dog.jpg"), order.Image);
        Assert.Equal(
            (false, "https://example.com/dog.jpg", "720x1280", "u-1", "https://hooks.example.com/x"),
            (request.IsTextOnly, request.ImageUrl, request.ImageSize, request.User, request.WebhookUrl));
        Assert.Contains("face", Assert.Single(order.Warnings), StringComparison.Ordinal);
        Assert.Equal(RequestFields.Image | RequestFields.Resolution, Model.NeedsOf(request).Fields);
    }

    [Theory]
    [InlineData("")]
    [InlineData("data:image/png;base64,")]
    public void Validate_InlineImage_IsTaken(string prefix)
    {
        var order = Validate($$"""{"input_reference":"{{prefix}}{{Convert.ToBase64String(MediaSample.Read("picture.png"))}}"}""");

        Assert.Empty(order.Problems);
        Assert.IsType<ImageSource.Inline>(order.Image);
        Assert.Equal((false, null), (order.Request!.IsTextOnly, order.Request.ImageUrl));
    }

    [Fact]
    public void Validate_ListingsOwnExample_ExplainsItselfAndHasAPath()
    {
        var path = Path.Combine(AppContext.BaseDirectory, "Data", "daydreams-sora-2.json");
        var example = JsonNode.Parse(File.ReadAllText(path))!["example_request_body"]!.AsObject();

        var problem = Assert.Single(Validate(example).Problems);
        Assert.Equal("/duration_seconds", problem.Where);
        Assert.Contains("\"duration_policy\": \"nearest_up\"", problem.Detail, StringComparison.Ordinal);

        example["duration_policy"] = "nearest_up";
        var order = Validate(example);
        Assert.Equal(("720x1280", 12, 3_150_000), (order.Request!.Resolution, order.Request.Seconds, Model.PriceAtomic(order)));
    }

    [Theory]
    [InlineData("sora-2", "1280x720", 4, 1_050_000)]
    [InlineData("sora-2", "720x1280", 20, 5_250_000)]
    [InlineData("sora-2-pro", "1280x720", 4, 2_520_000)]
    [InlineData("sora-2-pro", "720x1280", 12, 7_560_000)]
    [InlineData("sora-2-pro", "1024x1792", 4, 4_200_000)]
    [InlineData("sora-2-pro", "1792x1024", 8, 8_400_000)]
    [InlineData("sora-2-pro", "1080x1920", 4, 5_880_000)]
    [InlineData("sora-2-pro", "1920x1080", 20, 29_400_000)]
    public void PriceAtomic_ModelTimesSecondsTimesSize(string variant, string size, int seconds, long price) =>
        Assert.Equal(price, Model.PriceAtomic(Validate($$"""{"model":"{{variant}}","size":"{{size}}","seconds":{{seconds}}}""")));

    [Fact]
    public void Model_SaysWhatItIsAndCosts()
    {
        Assert.Equal(
            ("sora-2", "v1/videos/sora-2/jobs", 1_050_000L, 29_400_000L),
            (Model.Name, Model.Route, Model.PriceAtomic(request: null), Model.HighestPriceAtomic));
        Assert.Equal(new RequestNeeds(RequestFields.None, 0, "1280x720", 4, "sora-2"), Model.NeedsOf(null));
    }

    [Fact]
    public void Resource_TogetherWithTheDefaultPrice_RebuildsTheListing()
    {
        var requirement = new PaymentRequirement(EvmNetwork.Base, Samples.Merchant, (ulong)Model.PriceAtomic(request: null), 600);

        var rebuilt = ListingRecord.Rebuild(new PaymentChallenge(Model.Resource, requirement));

        // Ours come after the listing's, and nothing of the listing's is changed.
        string[] ours = ["model", "duration_policy", "user", "webhook_url"];
        foreach (var fields in new[] { rebuilt["hints"]!["input"]!["body"]!["properties"]!, rebuilt["hints"]!["request"]!["bodyFields"]! })
            Assert.All(ours, field => Assert.True(fields.AsObject().Remove(field)));
        var listed = ListingRecord.Read("daydreams-sora-2.json");
        Assert.True(JsonNode.DeepEquals(listed, rebuilt), $"Expected {listed.ToJsonString()}\nbut was {rebuilt.ToJsonString()}");
    }

    [Fact]
    public void Validate_EverythingThatTheQuotesSchemaAllows_IsAllowed()
    {
        var properties = Model.Resource.BodySchema.GetProperty("properties");
        foreach (var field in properties.EnumerateObject())
            Assert.DoesNotContain(Validate($$"""{"{{field.Name}}":null}""").Problems, p => p.Code == "unknown_field");
        foreach (var field in (string[])["model", "duration_policy", "aspect_ratio"])
        {
            foreach (var value in properties.GetProperty(field).GetProperty("enum").EnumerateArray())
                Assert.Empty(Validate($$"""{"{{field}}":"{{value}}"}""").Problems);
        }

        Assert.Empty(Validate(Model.Resource.BodyExample.GetRawText()).Problems);
    }

    private static Order Validate(string fields) => Validate(JsonNode.Parse(fields)!.AsObject());

    private static Order Validate(JsonObject fields)
    {
        fields.TryAdd("prompt", "A dog barks");
        var body = Encoding.UTF8.GetBytes(fields.ToJsonString());
        using var document = JsonDocument.Parse(body);
        return Model.Validate(body, document.RootElement);
    }
}
