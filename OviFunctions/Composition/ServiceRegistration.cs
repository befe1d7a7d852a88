using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using OviFunctions.Activities;
using OviFunctions.Admission;
using OviFunctions.Configuration;
using OviFunctions.Http;
using OviFunctions.Http.Egress;
using OviFunctions.Http.RateLimits;
using OviFunctions.Jobs;
using OviFunctions.Payments.Chain;
using OviFunctions.Secrets;
using OviFunctions.Webhooks;

namespace OviFunctions.Composition;

/// <summary>Everything that the functions need, registered.</summary>
public static class ServiceRegistration
{
    /// <summary>Reads and checks the settings and registers the gateway's services.</summary>
    /// <exception cref="SettingsException">Settings are missing or wrong; all of them are named.</exception>
    public static IServiceCollection AddOviFunctions(this IServiceCollection services, IConfiguration configuration)
    {
        var settings = SettingsReader.Read<OviSettings>(configuration);
        services.AddSingleton(settings);
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(new KeyRing(settings.Secrets));
        services.AddSingleton<JobSecrets>();
        services.AddSingleton<ApiKeys>();
        services.AddSingleton<JobAccess>();
        services.AddStorage(settings);
        services.AddEgress(settings, configuration);
        services.AddProviders(settings);
        services.AddPayments(settings);
        services.AddRefunds(settings);
        services.AddLedger(settings);

        services.AddModel<OviImageToVideo>();
        services.AddModel<OviTextToVideo>();
        services.AddModel<Sora2>();
        services.AddSingleton<VideoModels>();
        services.AddSingleton<LaneVideos>();
        services.AddSales();
        services.AddSingleton<JobReader>();
        services.AddSingleton<JobResources>();
        services.AddSingleton<JobAliases>();
        services.AddSingleton<JobStarter>();
        services.AddSingleton(provider => new Lazy<SettlementProof>(provider.GetRequiredService<SettlementProof>));
        services.AddSingleton<RecordOutcome>();
        services.AddSingleton<MoneySweep>();
        services.AddSingleton<JobClaims>();
        services.AddOnDelivery();
        services.AddSingleton<JobPlanner>();
        services.AddSingleton<RateLimits>();
        services.AddSingleton<JobCapacity>();
        services.AddSingleton<ApiKeyAllowance>();
        services.AddSingleton<ApiKeyAdmission>();
        services.AddSingleton<OrderEndpoint>();
        services.AddSignIn(settings);
        return services;
    }

    private static void AddModel<T>(this IServiceCollection services) where T : class, IVideoModel
    {
        services.AddSingleton<T>();
        services.AddSingleton<IVideoModel>(provider => provider.GetRequiredService<T>());
    }

    private static void AddEgress(this IServiceCollection services, OviSettings settings, IConfiguration configuration)
    {
        // On Azure the site has a name of its own beside the public one.
        List<string> ownHosts = [settings.PublicBaseUrl.Authority];
        if (configuration["WEBSITE_HOSTNAME"] is { Length: > 0 } siteName) ownHosts.Add(siteName);
        var options = new EgressOptions { AllowedHosts = settings.Egress.AllowedHosts, OwnHosts = ownHosts };
        services.AddSingleton(provider => new EgressGuard(
            options, provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<EgressGuard>>()));
        services.AddSingleton<WebhookSender>();
    }
}
