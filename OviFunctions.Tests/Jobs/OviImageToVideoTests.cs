using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using OviFunctions.Jobs;
using OviFunctions.Media;
using OviFunctions.Tests.Media;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Jobs;

/// <summary>The request of OVI image-to-video: every field, its limits and its default.</summary>
public sealed class OviImageToVideoTests
{
    private static readonly OviImageToVideo Model = new(TestSettings.Read(), JobSamples.NewIntake(), JobSamples.NewGuard());

    [Fact]
    public void Validate_PromptAndImageOnly_HasTheListingsDefaults()
    {
        var order = Validate(Body());

        Assert.Empty(order.Problems);
        Assert.Empty(order.Warnings);
        var request = order.Request!;
        Assert.Equal("A dog. <AUDCAP>It barks<ENDAUDCAP>", request.Prompt);
        Assert.Equal("https://example.com/dog.jpg", request.ImageUrl);
        Assert.Equal("992x512", request.Resolution);
        Assert.Equal("jitter, bad hands, blur, distortion", request.NegativePrompt);
        Assert.Equal("robotic, muffled, echo, distorted", request.AudioNegativePrompt);
        Assert.Equal(30, request.Steps);
        Assert.InRange(request.Seed, 0, int.MaxValue);
        Assert.Null(request.User);
        Assert.Null(request.WebhookUrl);
        Assert.Empty(request.FalOptions);
        Assert.Equal(new ImageSource.Remote("https://example.com/dog.jpg"), order.Image);
    }

    [Fact]
    public void Validate_EveryField_IsTaken()
    {
        var request = Validate(Body(
            ("resolution", "512x992"), ("negative_prompt", "n"), ("audio_negative_prompt", "a"), ("num_inference_steps", 12), ("seed", -5),
            ("user", "u-1"), ("webhook_url", "https://hooks.example.com/x"), ("duration_seconds", 5),
            ("fal_options", new JsonObject { ["priority"] = "low" }))).Request!;

        Assert.Equal(
            ("512x992", "n", "a", 12, -5L, "u-1", "https://hooks.example.com/x"),
            (request.Resolution, request.NegativePrompt, request.AudioNegativePrompt, request.Steps, request.Seed, request.User, request.WebhookUrl));
        Assert.Equal(KeyValuePair.Create("priority", "low"), Assert.Single(request.FalOptions));
    }

    [Fact]
    public void Validate_NullsOfOptionalFields_AreTheirDefaults()
    {
        string[] optional = ["resolution", "negative_prompt", "audio_negative_prompt", "num_inference_steps", "seed", "user", "webhook_url", "fal_options", "duration_seconds"];

        var order = Validate(Body([.. optional.Select(name => (name, (JsonNode?)null))]));

        Assert.Empty(order.Problems);
        Assert.Equal(("992x512", 30), (order.Request!.Resolution, order.Request.Steps));
    }

    [Fact]
    public void Validate_ListingsOwnExample_LacksOnlyThePrompt()
    {
        var path = Path.Combine(AppContext.BaseDirectory, "Data", "daydreams-ovi-image-to-video.json");
        var example = JsonNode.Parse(File.ReadAllText(path))!["example_request_body"]!.AsObject();
        Assert.Equal(5, (int)example["duration_seconds"]!);

        var problem = Assert.Single(Validate(example).Problems);
        Assert.Equal(("/prompt", "required"), (problem.Where, problem.Code));

        example["prompt"] = "x";
        Assert.Empty(Validate(example).Problems);
    }

    [Theory]
    [InlineData("prompt", 1, 4000)]
    [InlineData("negative_prompt", 0, 2000)]
    [InlineData("audio_negative_prompt", 0, 2000)]
    [InlineData("user", 0, 256)]
    public void Validate_TextLength_CountsCharacters(string field, int shortest, int longest)
    {
        Assert.Empty(Validate(Body((field, new string('x', shortest)))).Problems);
        Assert.Empty(Validate(Body((field, Dogs(longest)))).Problems);
        AssertProblem($"/{field}", "length", Body((field, Dogs(longest + 1))));
        if (shortest > 0) AssertProblem($"/{field}", "length", Body((field, "")));

        static string Dogs(int count) => string.Concat(Enumerable.Repeat("🐶", count));
    }

    [Theory]
    [InlineData("prompt")]
    [InlineData("image_url")]
    [InlineData("resolution")]
    [InlineData("negative_prompt")]
    [InlineData("audio_negative_prompt")]
    [InlineData("user")]
    [InlineData("webhook_url")]
    public void Validate_TextFieldWithANumber_IsNamed(string field) => AssertProblem($"/{field}", "type", Body((field, 1)));

    [Theory]
    [InlineData("prompt")]
    [InlineData("image_url")]
    public void Validate_RequiredFieldIsNotThere_IsNamed(string field)
    {
        AssertProblem($"/{field}", "required", Body((field, null)));

        var body = Body();
        body.Remove(field);
        AssertProblem($"/{field}", "required", body);
    }

    [Theory]
    [InlineData("1920x1080")]
    [InlineData("992X512")]
    [InlineData("992x512 ")]
    public void Validate_OtherResolution_ListsTheOffered(string resolution)
    {
        var problem = AssertProblem("/resolution", "one_of", Body(("resolution", resolution)));

        Assert.Contains("512x992, 992x512, 960x512, 512x960, 720x720, 448x1120, 1120x448", problem.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void Validate_ResolutionAskedFor_WarnsThatTheImageDecides() =>
        Assert.Contains("aspect ratio", Assert.Single(Validate(Body(("resolution", "720x720"))).Warnings), StringComparison.Ordinal);

    [Fact]
    public void Validate_Steps_AreOneToFifty()
    {
        Assert.Equal(1, Validate(Body(("num_inference_steps", 1))).Request!.Steps);
        Assert.Equal(50, Validate(Body(("num_inference_steps", 50))).Request!.Steps);
        AssertProblem("/num_inference_steps", "range", Body(("num_inference_steps", 0)));
        AssertProblem("/num_inference_steps", "range", Body(("num_inference_steps", 51)));
        AssertProblem("/num_inference_steps", "range", Body(("num_inference_steps", 1.5)));
        AssertProblem("/num_inference_steps", "type", Body(("num_inference_steps", "30")));
    }

    [Fact]
    public void Validate_Seed_IsASafeInteger()
    {
        Assert.Equal(9007199254740991, Validate(Body(("seed", 9007199254740991))).Request!.Seed);
        Assert.Equal(-9007199254740991, Validate(Body(("seed", -9007199254740991))).Request!.Seed);
        Assert.Equal(0, Validate(Body(("seed", 0))).Request!.Seed);
        AssertProblem("/seed", "range", Body(("seed", 9007199254740992)));
        AssertProblem("/seed", "type", Body(("seed", "7")));
    }

    [Fact]
    public void Validate_NoSeed_GetsOneOfOurs()
    {
        var seeds = Enumerable.Range(0, 10).Select(_ => Validate(Body()).Request!.Seed).ToHashSet();

        Assert.True(seeds.Count > 5, "The seeds repeat.");
    }

    [Theory]
    [InlineData("5")]
    [InlineData("5.0")]
    [InlineData("\"5\"")]
    [InlineData("null")]
    public void Validate_DurationOfFive_IsTaken(string value) => Assert.Empty(Validate(Body(("duration_seconds", JsonNode.Parse(value)))).Problems);

    [Theory]
    [InlineData("10")]
    [InlineData("5.5")]
    [InlineData("\"10\"")]
    [InlineData("\"5s\"")]
    [InlineData("true")]
    [InlineData("[5]")]
    [InlineData("1e400")]
    public void Validate_OtherDuration_IsNotOffered(string value) =>
        AssertProblem("/duration_seconds", "not_offered", Body(("duration_seconds", JsonNode.Parse(value))));

    [Theory]
    [InlineData("https://hooks.example.com/a?b=c")]
    [InlineData("http://127.0.0.1:9009/hook")] // allowed in the settings of a developer's machine
    public void Validate_WebhookUrl_IsTakenAsSent(string url) => Assert.Equal(url, Validate(Body(("webhook_url", url))).Request!.WebhookUrl);

    [Theory]
    [InlineData("http://hooks.example.com")]
    [InlineData("https://hooks.example.com:8443")]
    [InlineData("https://user:pw@hooks.example.com")]
    [InlineData("https://127.0.0.1/")]
    [InlineData("https://169.254.169.254/latest")]
    [InlineData("https://video.example.com/v1/jobs")] // ourselves
    [InlineData("ftp://hooks.example.com")]
    [InlineData("hooks.example.com")]
    public void Validate_WebhookUrlThatIsNotFetched_IsNamedBeforePayment(string url) => AssertProblem("/webhook_url", "url", Body(("webhook_url", url)));

    [Fact]
    public void Validate_LongWebhookUrl_IsNamed() =>
        AssertProblem("/webhook_url", "length", Body(("webhook_url", "https://hooks.example.com/" + new string('a', 2048))));

    [Theory]
    [InlineData("https://10.0.0.1/dog.jpg", "url_refused")]
    [InlineData("http://localhost/dog.jpg", "url_refused")]
    [InlineData("ftp://example.com/dog.jpg", "source")]
    [InlineData("data:text/html;base64,AAAA", "source")]
    [InlineData("", "source")]
    [InlineData("data:image/png;base64,!!!!", "base64")]
    [InlineData("aGVsbG8gd29ybGQsIHRoaXMgaXMgbm8gcGljdHVyZSBhdCBhbGw=", "format")]
    public void Validate_ImageThatIsNotTaken_IsNamedBeforePayment(string image, string code) =>
        AssertProblem("/image_url", code, Body(("image_url", image)));

    [Theory]
    [InlineData("picture.png", "data:image/png;base64,")]
    [InlineData("picture.jpg", "data:image/png;base64,")] // the bytes decide
    [InlineData("picture-lossy.webp", "")]
    public async Task Validate_InlineImage_StaysInTheBody(string file, string prefix)
    {
        var bytes = MediaSample.Read(file);
        var body = Utf8(Body(("image_url", prefix + Convert.ToBase64String(bytes))).ToJsonString(Plain));

        var order = Validate(body);

        Assert.Empty(order.Problems);
        Assert.Null(order.Request!.ImageUrl);
        var image = Assert.IsType<ImageSource.Inline>(order.Image);
        Assert.True(body.AsSpan().Overlaps(image.Base64.Span));
        Assert.Equal(bytes, await ReadAsync(image));
    }

    [Fact]
    public async Task Validate_InlineImageWithEscapedSlashes_IsTheSameImage()
    {
        // PHP's json_encode writes \/ .
        var bytes = MediaSample.Read("picture.jpg");
        var escaped = Convert.ToBase64String(bytes).Replace("/", "\\/", StringComparison.Ordinal);
        Assert.Contains('\\', escaped);

        var order = Validate(Utf8($$"""{"prompt":"x","image_url":"data:image\/jpeg;base64,{{escaped}}"}"""));

        Assert.Equal(bytes, await ReadAsync(Assert.IsType<ImageSource.Inline>(order.Image)));
    }

    [Theory]
    [InlineData("prompt")]
    [InlineData("image_url")]
    [InlineData("negative_prompt")]
    public void Validate_HalfOfASurrogatePair_IsAProblem(string field)
    {
        var body = Body((field, "MARK")).ToJsonString(Plain).Replace("MARK", "\\ud83d", StringComparison.Ordinal);

        Assert.Contains(Validate(Utf8(body)).Problems, p => (p.Where, p.Code) == ($"/{field}", "encoding"));
    }

    [Theory]
    [InlineData("""{"webhook":"https://evil.example.com"}""", "/fal_options/webhook", "option")]
    [InlineData("""{"a/b":1}""", "/fal_options/a~1b", "option")]
    [InlineData("""{"priority":"urgent"}""", "/fal_options/priority", "option")]
    [InlineData("[]", "/fal_options", "type")]
    public void Validate_FalOptionThatIsNotOnTheList_IsNamed(string options, string where, string code) =>
        AssertProblem(where, code, Body(("fal_options", JsonNode.Parse(options))));

    [Fact]
    public void Validate_ManyProblems_AreAllReportedWithPointers()
    {
        var body = new JsonObject
        {
            ["image_url"] = "ftp://x", ["resolution"] = "8k", ["num_inference_steps"] = 99, ["seed"] = 0.5, ["webhook_url"] = "nope",
            ["duration_seconds"] = 10, ["negative_promt"] = "typo", ["fal_options"] = new JsonObject { ["x"] = 1 },
        };

        var order = Validate(body);

        Assert.Null(order.Request);
        Assert.Null(order.Image);
        Assert.Equal(
            ["/prompt", "/resolution", "/num_inference_steps", "/seed", "/webhook_url", "/fal_options/x", "/duration_seconds", "/image_url", "/negative_promt"],
            order.Problems.Select(p => p.Where));
    }

    [Fact]
    public void Validate_EverythingThatTheQuotesSchemaAllows_IsAllowed()
    {
        var schema = Model.Resource.BodySchema;

        Assert.Equal(["prompt", "image_url"], schema.GetProperty("required").EnumerateArray().Select(r => r.GetString()));
        foreach (var field in schema.GetProperty("properties").EnumerateObject())
            Assert.DoesNotContain(Validate(Body((field.Name, null))).Problems, p => p.Code == "unknown_field");
        foreach (var resolution in schema.GetProperty("properties").GetProperty("resolution").GetProperty("enum").EnumerateArray())
            Assert.Equal(resolution.GetString(), Validate(Body(("resolution", resolution.GetString()))).Request!.Resolution);
        foreach (var (field, value) in Defaults())
            Assert.Equal(schema.GetProperty("properties").GetProperty(field).GetProperty("default").ToString(), value);
        Assert.Empty(Validate(JsonNode.Parse(Model.Resource.BodyExample.GetRawText())!.AsObject()).Problems);

        static IEnumerable<(string Field, string Value)> Defaults()
        {
            var request = Validate(Body()).Request!;
            yield return ("resolution", request.Resolution);
            yield return ("negative_prompt", request.NegativePrompt);
            yield return ("audio_negative_prompt", request.AudioNegativePrompt);
            yield return ("num_inference_steps", $"{request.Steps}");
        }
    }

    [Fact]
    public void Model_SaysWhatItIsAndCosts()
    {
        Assert.Equal(("ovi/image-to-video", "v1/videos/ovi/image-to-video/jobs", 420_000L), (Model.Name, Model.Route, Model.PriceAtomic(null)));
        Assert.Equal(new Uri("http://127.0.0.1:7071/v1/videos/ovi/image-to-video/jobs"), Model.Resource.Url);
    }

    [Theory]
    [InlineData("992x512", 30, 420_000)]
    [InlineData("992x512", 40, 520_000)]
    [InlineData("720x720", 39, 470_000)]
    [InlineData("720x720", 50, 570_000)]
    public void PriceAtomic_Surcharges_AreThoseOfTheRequest(string resolution, int steps, long price)
    {
        var model = new OviImageToVideo(
            TestSettings.Read(
                ("Prices:OviImageToVideoSurcharges:0:FromSteps", "40"), ("Prices:OviImageToVideoSurcharges:0:Usdc", "0.1"),
                ("Prices:OviImageToVideoSurcharges:1:Resolution", "720x720"), ("Prices:OviImageToVideoSurcharges:1:Usdc", "0.05")),
            JobSamples.NewIntake(), JobSamples.NewGuard());

        Assert.Equal(price, model.PriceAtomic(JobSamples.Request with { Resolution = resolution, Steps = steps }));
        Assert.Equal((420_000, 570_000), (model.PriceAtomic(null), model.HighestPriceAtomic));
    }

    private static readonly JsonSerializerOptions Plain = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static JsonObject Body(params (string Name, JsonNode? Value)[] fields)
    {
        var body = new JsonObject { ["prompt"] = "A dog. <AUDCAP>It barks<ENDAUDCAP>", ["image_url"] = "https://example.com/dog.jpg" };
        foreach (var (name, value) in fields) body[name] = value;
        return body;
    }

    private static Order Validate(JsonObject body) => Validate(Utf8(body.ToJsonString()));

    private static Order Validate(byte[] body)
    {
        using var document = JsonDocument.Parse(body);
        return Model.Validate(body, document.RootElement);
    }

    private static FieldProblem AssertProblem(string where, string code, JsonObject body)
    {
        var order = Validate(body);
        Assert.Null(order.Request);
        var problem = Assert.Single(order.Problems);
        Assert.Equal((where, code), (problem.Where, problem.Code));
        return problem;
    }

    private static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);

    private static async Task<byte[]> ReadAsync(ImageSource.Inline image)
    {
        using var bytes = new MemoryStream();
        await using var content = image.OpenRead();
        await content.CopyToAsync(bytes);
        return bytes.ToArray();
    }
}
