using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using OviFunctions.Composition;
using OviFunctions.Functions;
using OviFunctions.Jobs;
using OviFunctions.Providers.Health;
using OviFunctions.Sales;
using OviFunctions.Storage;
using OviFunctions.Tests.EndToEnd.Support;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Functions;

/// <summary>The list of what is sold.</summary>
public sealed class ModelsFunctionTests
{
    private readonly ManualTimeProvider _clock = new();
    private readonly MemoryRecordStore _records = new();

    [Fact]
    public async Task Run_Models_SayHowTheyAreOrderedAndWhatTheyCost()
    {
        var list = await ListAsync(("Prices:OviTextToVideo", "0.3"), ("Prices:OviTextToVideoSurcharges:0:FromSteps", "40"), ("Prices:OviTextToVideoSurcharges:0:Usdc", "0.1"));

        Assert.Equal("list", list.Text("object"));
        Assert.Equal(
            ["batch", "ovi/image-to-video", "ovi/text-to-video", "sora-2"],
            list.GetProperty("data").EnumerateArray().Select(model => model.Text("id")!).Order(StringComparer.Ordinal));
        Assert.Contains("OpenAI shut Sora 2 down", Model(list, "sora-2").Text("reason"), StringComparison.Ordinal);
        Assert.Equal((1.05m, 20 * 29.4m), (DefaultOf(Model(list, "sora-2")), HighestOf(Model(list, "batch"))));
        var model = Model(list, "ovi/text-to-video");
        Assert.Equal("http://127.0.0.1:7071/v1/videos/ovi/text-to-video/jobs", model.Text("order_url"));
        Assert.Equal("512x992", model.GetProperty("request_schema").GetProperty("properties").GetProperty("resolution").GetProperty("enum")[0].GetString());
        var price = model.GetProperty("price");
        Assert.Equal((0.3m, 0.4m), (DefaultOf(model), HighestOf(model)));
        Assert.Equal(("USDC", "eip155:8453"), (price.Text("currency"), price.Text("network")));
        Assert.True(model.GetProperty("available").GetBoolean());
        Assert.Equal(["fal"], model.GetProperty("providers").EnumerateArray().Select(name => name.GetString()));
        Assert.False(model.TryGetProperty("reason", out _));
        Assert.False(model.TryGetProperty("expected_seconds", out _));
    }

    [Fact]
    public async Task Run_NobodyMakesThem_TheReasonIsThere()
    {
        await _records.TryCreateAsync(RecordNames.Provider("fal"), new ProviderState { OutFor = "The key is refused." }, default);

        var model = Model(await ListAsync(), "ovi/image-to-video");

        Assert.False(model.GetProperty("available").GetBoolean());
        Assert.Equal(0, model.Count("providers"));
        Assert.NotEmpty(model.Text("reason")!);
    }

    [Fact]
    public async Task Run_SalesArePaused_NothingIsAvailable()
    {
        await _records.TryCreateAsync(RecordNames.Sales, new SalesState("The brake's reason.", _clock.GetUtcNow()), default);

        var models = (await ListAsync()).GetProperty("data").EnumerateArray();

        Assert.All(models, model => Assert.False(model.GetProperty("available").GetBoolean()));
        Assert.Equal("No new orders are taken at the moment.", models.Single(model => model.Text("id") == "ovi/image-to-video").Text("reason"));
    }

    [Theory]
    [InlineData(4, null, null)]
    [InlineData(5, 3.0, 5.0)]
    [InlineData(40, 20.0, 38.0)]
    public async Task Run_Deliveries_AreMeasuredOverAllAccountsOfTheModel(int deliveries, double? p50, double? p95)
    {
        var now = _clock.GetUtcNow();
        var samples = Enumerable.Range(1, deliveries).Select(i => new AttemptSample(now.AddHours(-1), "ovi/image-to-video", true, i)).ToArray();
        AttemptSample[] others =
        [
            new(now.AddHours(-1), "ovi/image-to-video", false, 1000),
            new(now.AddHours(-1), "another", true, 1000),
            new(now.AddHours(-25), "ovi/image-to-video", true, 1000),
        ];
        await _records.TryCreateAsync(RecordNames.Provider("fal"), new ProviderState { Samples = [.. others, .. samples.Where((_, i) => i % 2 == 0)] }, default);
        await _records.TryCreateAsync(RecordNames.Provider("fal-2"), new ProviderState { Samples = [.. samples.Where((_, i) => i % 2 == 1)] }, default);

        var model = Model(await ListAsync(("Providers:1:Name", "fal-2"), ("Providers:1:ApiKey", "fal-secret-2")), "ovi/image-to-video");

        Assert.Equal(p50 is not null, model.TryGetProperty("expected_seconds", out var expected));
        if (p50 is null) return;
        Assert.Equal((p50, p95, deliveries), (expected.GetProperty("p50").GetDouble(), expected.GetProperty("p95").GetDouble(), expected.GetProperty("measured").GetInt32()));
    }

    private static decimal DefaultOf(JsonElement model) => model.GetProperty("price").GetProperty("default").GetDecimal();

    private static decimal HighestOf(JsonElement model) => model.GetProperty("price").GetProperty("highest").GetDecimal();

    private static JsonElement Model(JsonElement list, string id) => list.GetProperty("data").EnumerateArray().Single(model => model.Text("id") == id);

    private async Task<JsonElement> ListAsync(params (string Key, string? Value)[] settings)
    {
        var configuration = TestSettings.Configuration(settings);
        var services = new ServiceCollection().AddLogging().AddSingleton<IConfiguration>(configuration).AddSingleton<TimeProvider>(_clock);
        services.AddOviFunctions(configuration).AddSingleton<IRecordStore>(_records);
        await using var provider = services.BuildServiceProvider();
        var exchange = new HttpExchange();

        await exchange.AnswerAsync(await new ModelsFunction(provider.GetRequiredService<ModelList>()).RunAsync(exchange.Request, default));

        Assert.Equal((200, "*", "public, max-age=30"), (exchange.Status, exchange.Header("Access-Control-Allow-Origin"), exchange.Header("Cache-Control")));
        return exchange.Json;
    }
}
