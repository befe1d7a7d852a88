using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OviFunctions.Configuration;
using OviFunctions.Providers;
using OviFunctions.Providers.Fal;
using OviFunctions.Providers.Health;
using OviFunctions.Providers.OpenAiVideos;
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
        services.AddSingleton<ProviderStates>();
        services.AddSingleton<JobRouter>();
    }

    private static IVideoProvider Create(IServiceProvider services, ProviderSettings account) => account.Type switch
    {
        ProviderType.Fal => Fal(services, account),
        ProviderType.OpenAiVideos => OpenAiVideos(services, account),
        _ => throw new InvalidOperationException($"There is no provider type {account.Type}."),
    };

    private static FalProvider Fal(IServiceProvider services, ProviderSettings account)
    {
        var options = new FalOptions { Name = account.Name, Key = account.ApiKey, WebhookUserId = account.WebhookUserId, CostUsd = account.CostUsd };
        if (account.BaseUrl is { } baseUrl) options.QueueUrl = baseUrl;
        if (account.JwksUrl is { } jwksUrl) options.JwksUrl = jwksUrl;
        var http = services.GetRequiredService<IHttpClientFactory>().CreateClient(ClientName(account));
        var time = services.GetRequiredService<TimeProvider>();
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
        services.GetRequiredService<IHttpClientFactory>().CreateClient(ClientName(account)),
        services.GetRequiredService<TimeProvider>(),
        services.GetRequiredService<ILogger<OpenAiVideosProvider>>());

    private static string ClientName(ProviderSettings account) => $"provider:{account.Name}";
}
