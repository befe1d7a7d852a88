using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OviFunctions.Admission;
using OviFunctions.Configuration;
using OviFunctions.Jobs;
using OviFunctions.Payments;
using OviFunctions.Payments.Chain;
using OviFunctions.Payments.Evm;
using OviFunctions.Payments.Facilitators;
using OviFunctions.Payments.X402;
using OviFunctions.Providers.Health;
using OviFunctions.Routing;
using OviFunctions.Sales;

namespace OviFunctions.Composition;

internal static class PaymentRegistration
{
    private const string ChainClient = "chain";
    private const string FacilitatorClient = "facilitator";

    public static void AddPayments(this IServiceCollection services, OviSettings settings)
    {
        services.AddSingleton(provider => new QuoteWriter(provider.GetRequiredService<VideoModels>(), provider.GetService<Till>()));
        services.AddSingleton(provider => new TermsOfSale(settings, provider.GetRequiredService<VideoModels>(), provider.GetService<Till>()));
        services.AddSingleton(provider => new ModelList(
            settings, provider.GetRequiredService<VideoModels>(), provider.GetRequiredService<JobRouter>(), provider.GetRequiredService<ProviderStates>(),
            provider.GetService<Till>(), provider.GetRequiredService<SalesSwitch>(), provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<PaymentAdmission>();
        services.AddSingleton<WrongBodies>();
        services.AddSingleton<UnsettledPayments>();
        services.AddSingleton<SettlementProof>();
        services.AddSingleton(provider => new RequirementCheck(
            provider.GetRequiredService<TimeProvider>(), TimeSpan.FromSeconds(settings.Payments.SettleMarginSeconds)));

        // The factory's own logs have URLs in them, and an RPC URL often is a secret.
        services.AddHttpClient(ChainClient).ConfigurePrimaryHttpMessageHandler(BoundedHttp.CreateHandler).RemoveAllLoggers();
        services.AddHttpClient(FacilitatorClient).ConfigurePrimaryHttpMessageHandler(HttpFacilitator.CreateHandler).RemoveAllLoggers();
        services.AddSingleton<FacilitatorTrust>();
        services.AddSingleton<FacilitatorJudge>();
        services.AddSingleton(provider => Facilitators(provider, settings.Payments));
        services.AddSingleton<IChainReader>(provider => ChainReader(provider, settings.Payments));
        if (!settings.Payments.Enabled) return;
        services.AddSingleton(new Till(settings.Payments));
        services.AddSingleton<PaymentVerification>();
        services.AddSingleton<ISalesGate, FacilitatorGate>();
        services.AddHostedService<SalesNotice>();
        services.AddHostedService<FacilitatorMonitor>();
    }

    /// <summary>Not from the till: payments that are in flight are followed to their end when payments are switched off.</summary>
    private static OneChainReader ChainReader(IServiceProvider services, PaymentSettings settings) =>
        settings is { Network: { } network, RpcUrl: { } node }
            ? new OneChainReader(
                ChainReaders.Create(services.GetRequiredService<IHttpClientFactory>().CreateClient(ChainClient), node, services),
                EvmNetwork.Parse(network),
                services.GetRequiredService<ILogger<OneChainReader>>())
            : throw new InvalidOperationException("Payments:Network and Payments:RpcUrl are needed until every paid job has ended.");

    private static FacilitatorPool Facilitators(IServiceProvider services, PaymentSettings settings)
    {
        var clients = services.GetRequiredService<IHttpClientFactory>();
        var time = services.GetRequiredService<TimeProvider>();
        var network = EvmNetwork.TryParse(settings.Network, out var known) ? known : null;
        return new FacilitatorPool([.. settings.Facilitators.Select(Facilitator)], services.GetRequiredService<FacilitatorTrust>());

        IFacilitator Facilitator(FacilitatorSettings facilitator)
        {
            var options = new FacilitatorOptions(facilitator.Name, facilitator.Url)
            {
                Version = facilitator.Version,
                BearerToken = facilitator.BearerToken,
                VerifyTimeout = TimeSpan.FromSeconds(settings.FacilitatorVerifyTimeoutSeconds),
                SettleTimeout = TimeSpan.FromSeconds(settings.FacilitatorTimeoutSeconds),
            };
            var http = new HttpFacilitator(
                clients.CreateClient(FacilitatorClient), options, time, services.GetRequiredService<ILogger<HttpFacilitator>>());
            return new CircuitFacilitator(http, network, time, services.GetRequiredService<ILogger<CircuitFacilitator>>());
        }
    }
}
