using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using OviFunctions.Composition;
using OviFunctions.Providers;
using OviFunctions.Providers.Fal;
using OviFunctions.Providers.Segmind;
using OviFunctions.Providers.WaveSpeed;
using OviFunctions.Tests.Providers;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Composition;

/// <summary>Accounts as they stand in the settings, over the HTTP clients that the gateway gives them.</summary>
public sealed class ProviderRegistrationTests
{
    [Theory]
    [InlineData("Fal", typeof(FalProvider), 0.20)]
    [InlineData("WaveSpeed", typeof(WaveSpeedProvider), 0.15)]
    [InlineData("Segmind", typeof(SegmindProvider), 0.25)]
    public async Task AddProviders_Type_IsItsProviderAtItsPrice(string type, Type expected, double published)
    {
        await using var vendors = Services(("Providers:0:Type", type));
        await using var ours = Services(("Providers:0:Type", type), ("Providers:0:CostUsd", "0.07"));

        Assert.IsType(expected, Account(vendors));
        Assert.Equal(new ProviderOffer.Takes((decimal)published), Account(vendors).Offer("ovi/image-to-video", ProviderRequests.Needs()));
        Assert.Equal(new ProviderOffer.Takes(0.07m), Account(ours).Offer("ovi/image-to-video", ProviderRequests.Needs()));
    }

    [Theory]
    [InlineData("Fal", "V2")]
    [InlineData("WaveSpeed", "V2")]
    [InlineData("Segmind", "V1")]
    [InlineData("Segmind", "V2")]
    public async Task AddProviders_RedirectElsewhere_IsNotFollowed(string type, string version)
    {
        await using var elsewhere = await LoopbackServer.StartAsync(_ => Task.CompletedTask);
        await using var vendor = await LoopbackServer.StartAsync(context =>
        {
            context.Response.StatusCode = StatusCodes.Status307TemporaryRedirect;
            context.Response.Headers.Location = $"http://127.0.0.1:{elsewhere.Port}/";
            return Task.CompletedTask;
        });
        await using var services = Services(
            ("Providers:0:Type", type), ("Providers:0:SegmindVersion", version), ("Providers:0:BaseUrl", $"http://127.0.0.1:{vendor.Port}/api"));

        Assert.IsType<SubmitResult.Ambiguous>(await Account(services).SubmitAsync(ProviderRequests.Image(), default));
        Assert.IsType<ReadResult.Unavailable>(await Account(services).ReadAsync(new ProviderJob("r-1", Model: "ovi/image-to-video"), default));
        Assert.Equal((2, 0), (vendor.Requests, elsewhere.Requests));
    }

    [Theory]
    [InlineData("WaveSpeed", "whsec_x", true)]
    [InlineData("WaveSpeed", null, false)]
    [InlineData("Segmind", null, false)]
    [InlineData("Fal", null, true)]
    public async Task AddProviders_CallsBack_IfItsCallbacksCanBeBelieved(string type, string? secret, bool callsBack)
    {
        await using var services = Services(("Providers:0:Type", type), ("Providers:0:WebhookSecret", secret));

        Assert.Equal(callsBack, Account(services).CallsBack);
    }

    [Theory]
    [InlineData("Providers:0:WebhookSecret", "whsec_x", "Segmind")]
    [InlineData("Providers:0:WebhookSecret", "whsec_x", "Fal")]
    [InlineData("Providers:0:WebhookSecret", "whsec_x", "OpenAiVideos")]
    [InlineData("Providers:0:SegmindVersion", "V1", "WaveSpeed")]
    [InlineData("Providers:0:CostUsd", "0.10", "OpenAiVideos")]
    public void Inspect_SettingOfAnotherType_IsNamed(string setting, string value, string type) => Assert.Equal(
        setting,
        Assert.Single(TestSettings.Problems(("Providers:0:Type", type), ("Providers:0:BaseUrl", "https://videos.example.com/v1"), (setting, value))).Key);

    private static IVideoProvider Account(ServiceProvider services) => services.GetRequiredService<ProviderCatalog>().Find("fal")!;

    private static ServiceProvider Services(params (string Key, string? Value)[] changes)
    {
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddSingleton(HostLifetime.Running());
        return services.AddOviFunctions(TestSettings.Configuration(changes)).BuildServiceProvider();
    }
}
