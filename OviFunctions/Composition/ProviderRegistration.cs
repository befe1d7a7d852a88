using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OviFunctions.Activities;
using OviFunctions.Configuration;
using OviFunctions.Providers;
using OviFunctions.Providers.Fal;
using OviFunctions.Providers.Health;
using OviFunctions.Providers.OpenAiVideos;
using OviFunctions.Providers.Segmind;
using OviFunctions.Providers.WaveSpeed;
using OviFunctions.Routing;
using OviFunctions.Webhooks;

namespace OviFunctions.Composition;

internal static class ProviderRegistration
{
    public static void AddProviders(this IServiceCollection services, OviSettings settings)
    {
        foreach (var account in settings.Providers)
        {
            // Each call has a time limit of its own.
            services.AddHttpClient(ClientName(account), http => http.Timeout = Timeout.InfiniteTimeSpan)
                .ConfigurePrimaryHttpMessageHandler(ProviderHttp.CreateHandler).RemoveAllLoggers();
            services.AddSingleton<IVideoProvider>(provider => Create(provider, account));
        }

        services.AddSingleton<ProviderCatalog>();
        services.AddSingleton<LostSubmits>();
        services.AddSingleton<ProviderStates>();
        services.AddSingleton<ProviderRotation>();
        services.AddSingleton<ProviderMetrics>();
        services.AddSingleton<JobRouter>();
        services.AddSingleton<OrderRoutes>();
        services.AddHealthChecks().AddCheck<ProvidersHealthCheck>("providers");
    }

    private static IVideoProvider Create(IServiceProvider services, ProviderSettings account) => account.Type switch
    {
        ProviderType.Fal => Fal(services, account),
        ProviderType.OpenAiVideos => OpenAiVideos(services, account),
        ProviderType.WaveSpeed => WaveSpeed(services, account),
        ProviderType.Segmind => Segmind(services, account),
        _ => throw new InvalidOperationException($"There is no provider type {account.Type}."),
    };

    private static FalProvider Fal(IServiceProvider services, ProviderSettings account)
    {
        var options = new FalOptions { Name = account.Name, Key = account.ApiKey, WebhookUserId = account.WebhookUserId };
        options.QueueUrl = account.BaseUrl ?? options.QueueUrl;
        options.JwksUrl = account.JwksUrl ?? options.JwksUrl;
        options.CostUsd = account.CostUsd ?? options.CostUsd;
        var (http, time) = (Client(services, account), services.GetRequiredService<TimeProvider>());
        return new FalProvider(options, http, new FalWebhookVerifier(options, http, time), time, services.GetRequiredService<ILogger<FalProvider>>());
    }

    private static OpenAiVideosProvider OpenAiVideos(IServiceProvider services, ProviderSettings account) => new(
        new OpenAiVideosOptions
        {
            Name = account.Name,
            Key = account.ApiKey,
            BaseUrl = account.BaseUrl!,
            Models = OpenAiVideosModels.Of(account),
            WebhookSecret = WebhookSecret.TryParse(account.WebhookSecret, out var secret) ? secret : null,
        },
        Client(services, account),
        services.GetRequiredService<TimeProvider>(),
        services.GetRequiredService<ILogger<OpenAiVideosProvider>>());

    private static WaveSpeedProvider WaveSpeed(IServiceProvider services, ProviderSettings account)
    {
        var options = new WaveSpeedOptions { Name = account.Name, Key = account.ApiKey, WebhookSecret = account.WebhookSecret };
        options.BaseUrl = account.BaseUrl ?? options.BaseUrl;
        options.CostUsd = account.CostUsd ?? options.CostUsd;
        return new WaveSpeedProvider(
            options, Client(services, account), services.GetRequiredService<TimeProvider>(), services.GetRequiredService<ILogger<WaveSpeedProvider>>());
    }

    private static SegmindProvider Segmind(IServiceProvider services, ProviderSettings account)
    {
        var options = new SegmindOptions { Name = account.Name, Key = account.ApiKey, Version = account.SegmindVersion };
        options.BaseUrl = account.BaseUrl ?? options.BaseUrl;
        options.CostUsd = account.CostUsd ?? options.CostUsd;
        return new SegmindProvider(
            options, Client(services, account), services.GetRequiredService<TimeProvider>(), services.GetRequiredService<ILogger<SegmindProvider>>());
    }

    private static HttpClient Client(IServiceProvider services, ProviderSettings account) =>
        services.GetRequiredService<IHttpClientFactory>().CreateClient(ClientName(account));

    private static string ClientName(ProviderSettings account) => $"provider:{account.Name}";
}
