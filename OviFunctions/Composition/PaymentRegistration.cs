using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OviFunctions.Admission;
using OviFunctions.Configuration;
using OviFunctions.Jobs;
using OviFunctions.Payments;
using OviFunctions.Payments.Chain;
using OviFunctions.Payments.Facilitators;
using OviFunctions.Payments.X402;

namespace OviFunctions.Composition;

internal static class PaymentRegistration
{
    private const string ChainClient = "chain";
    private const string FacilitatorClient = "facilitator";

    public static void AddPayments(this IServiceCollection services, OviSettings settings)
    {
        services.AddSingleton(provider => new QuoteWriter(provider.GetRequiredService<VideoModels>(), provider.GetService<Till>()));
        services.AddSingleton(provider => new Lazy<PaymentAdmission>(provider.GetRequiredService<PaymentAdmission>));
        services.AddSingleton<PaymentAdmission>();
        services.AddSingleton<WrongBodies>();
        services.AddSingleton<SettlementProof>();
        services.AddSingleton(provider => new RequirementCheck(
            provider.GetRequiredService<TimeProvider>(), TimeSpan.FromSeconds(settings.Payments.SettleMarginSeconds)));

        // The factory's own logs have URLs in them, and an RPC URL often is a secret.
        services.AddHttpClient(ChainClient).ConfigurePrimaryHttpMessageHandler(BoundedHttp.CreateHandler).RemoveAllLoggers();
        services.AddHttpClient(FacilitatorClient).ConfigurePrimaryHttpMessageHandler(HttpFacilitator.CreateHandler).RemoveAllLoggers();
        services.AddSingleton(provider => Facilitators(provider, settings.Payments));
        services.AddSingleton<IChainReader>(provider => new OneChainReader(
            ChainReaders.Create(provider.GetRequiredService<IHttpClientFactory>().CreateClient(ChainClient), settings.Payments.RpcUrl!, provider),
            provider.GetRequiredService<Till>().Network,
            provider.GetRequiredService<ILogger<OneChainReader>>()));
        if (!settings.Payments.Enabled) return;
        services.AddSingleton(new Till(settings.Payments));
        services.AddHostedService<SalesNotice>();
    }

    private static FacilitatorPool Facilitators(IServiceProvider services, PaymentSettings settings)
    {
        var clients = services.GetRequiredService<IHttpClientFactory>();
        return new FacilitatorPool([.. settings.Facilitators.Select(facilitator => new HttpFacilitator(
            clients.CreateClient(FacilitatorClient),
            new FacilitatorOptions(facilitator.Url.Host, facilitator.Url)
            {
                BearerToken = facilitator.BearerToken,
                VerifyTimeout = TimeSpan.FromSeconds(settings.FacilitatorTimeoutSeconds),
                SettleTimeout = TimeSpan.FromSeconds(settings.FacilitatorTimeoutSeconds),
            },
            services.GetRequiredService<TimeProvider>(),
            services.GetRequiredService<ILogger<HttpFacilitator>>()))]);
    }
}
