using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using OviFunctions.Jobs;
using OviFunctions.Jobs.Batches;
using OviFunctions.Media;
using OviFunctions.Tests.Support;
using Shop = OviFunctions.Tests.Admission.Shop;

namespace OviFunctions.Tests.Jobs.Batches;

public sealed class BatchModelTests
{
    private readonly BatchModel _model = new Shop(("Prices:OviImageToVideoSurcharges:0:FromSteps", "31"), ("Prices:OviImageToVideoSurcharges:0:Usdc", "0.1")).Batch;

    [Fact]
    public void Validate_GoodItems_AreThoseOfTheirModelsAndThePriceIsTheirSum()
    {
        var order = Validate(new JsonObject
        {
            ["items"] = new JsonArray(
                Item("one"),
                Item("two", ("model", "ovi/image-to-video"), ("num_inference_steps", 40)),
                Item("three", ("image_url", OviFunctions.Tests.EndToEnd.Support.OrderBody.Image), ("model", "ovi/image-to-video"), ("user", "u3"))),
            ["webhook_url"] = "https://buyer.example.com/hooks",
            ["user"] = "alice",
        });

        Assert.Empty(order.Problems);
        Assert.Equal(["one", "two", "three"], order.Items!.Select(item => item.Request.Prompt));
        Assert.Equal((420_000 * 3) + 100_000, _model.PriceAtomic(order));
        Assert.Equal(("https://buyer.example.com/hooks", "alice", ""), (order.Request!.WebhookUrl, order.Request.User, order.Request.Prompt));
        Assert.Equal("u3", order.Items![2].Request.User);
        Assert.Equal(3, order.Videos);
        var (id, image) = Assert.Single(order.InlineImages(JobSamples.KeyJobId));
        Assert.Equal(JobSamples.KeyJobId + "_02", id);
        using var content = image.OpenRead();
        Assert.Equal(0x89, content.ReadByte());
    }

    [Fact]
    public void Validate_ProblemsOfItems_HavePointersIntoTheBatch()
    {
        var order = Validate(new JsonObject
        {
            ["items"] = new JsonArray(
                Item("fine"), Item(""), 5, Item("x", ("model", "batch")), Item("x", ("model", "ovi/image-to-video"), ("num_inference_steps", 99), ("colour", "red")),
                Item("x", ("webhook_url", "https://buyer.example.com/hooks")), Item("x", ("model", 7))),
            ["colour"] = "red",
        });

        Assert.Null(order.Items);
        Assert.Equal(
            ["/items/1/prompt", "/items/2", "/items/3/model", "/items/4/num_inference_steps", "/items/4/colour", "/items/5/webhook_url", "/items/6/model", "/colour"],
            order.Problems.Select(problem => problem.Where));
    }

    [Theory]
    [InlineData("sora-2", 1_050_000)]
    [InlineData("sora-2-pro", 2_520_000)]
    public void Validate_VariantOfAModel_IsThatModelsOwnField(string variant, long price)
    {
        VideoModels? models = null;
        var settings = TestSettings.Read();
        var batch = new BatchModel(settings, new Lazy<VideoModels>(() => models!), JobSamples.NewGuard());
        models = new VideoModels([new Sora2(settings, JobSamples.NewIntake(), JobSamples.NewGuard()), batch]);
        using var body = JsonDocument.Parse($$"""{"items":[{"model":"{{variant}}","prompt":"A dog barks"}]}""");

        var order = batch.Validate(default, body.RootElement);

        Assert.Empty(order.Problems);
        Assert.Equal((variant, price), (Assert.Single(order.Items!).Request.Variant, batch.PriceAtomic(order)));
    }

    [Theory]
    [InlineData("""{}""", "required")]
    [InlineData("""{"items":{}}""", "required")]
    [InlineData("""{"items":[]}""", "length")]
    [InlineData("""{"items":[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21]}""", "length")]
    public void Validate_NotOneToTwentyItems_IsOneProblem(string body, string code)
    {
        var problem = Assert.Single(Validate(JsonNode.Parse(body)!.AsObject()).Problems);

        Assert.Equal(("/items", code), (problem.Where, problem.Code));
    }

    [Fact]
    public void Validate_WebhookAtAForbiddenAddress_IsRefused() => Assert.Equal(
        "/webhook_url", Assert.Single(Validate(new JsonObject { ["items"] = new JsonArray(Item("x")), ["webhook_url"] = "http://10.0.0.1/" }).Problems).Where);

    [Fact]
    public void HighestPrice_IsTwentyOfTheDearest() => Assert.Equal(20 * 520_000, _model.HighestPriceAtomic);

    private Order Validate(JsonObject body)
    {
        var source = Encoding.UTF8.GetBytes(body.ToJsonString());
        using var document = JsonDocument.Parse(source);
        return _model.Validate(source, document.RootElement);
    }

    private static JsonObject Item(string prompt, params (string Name, JsonNode Value)[] more)
    {
        var item = new JsonObject { ["prompt"] = prompt, ["image_url"] = "https://example.com/dog.jpg" };
        foreach (var (name, value) in more) item[name] = value;
        return item;
    }
}
