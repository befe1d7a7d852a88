using Microsoft.Extensions.DependencyInjection;
using OviFunctions.Configuration;
using OviFunctions.Http;
using OviFunctions.Http.SignIn;
using OviFunctions.Jobs;
using OviFunctions.Payments.Chain;
using OviFunctions.Payments.Evm;
using OviFunctions.Secrets;
using OviFunctions.Storage;

namespace OviFunctions.Composition;

internal static class SignInRegistration
{
    public static void AddSignIn(this IServiceCollection services, OviSettings settings)
    {
        // Not from the till: who has paid can sign in when payments are switched off.
        if (EvmNetwork.TryParse(settings.Payments.Network, out var network) && settings.Payments.RpcUrl is not null)
        {
            services.AddSingleton(provider => new WalletSignIn(
                settings, network, provider.GetRequiredService<IChainReader>(), provider.GetRequiredService<IRecordStore>(),
                provider.GetRequiredService<TimeProvider>()));
        }

        services.AddSingleton(provider => new BuyerAccess(provider.GetRequiredService<ApiKeys>(), provider.GetService<WalletSignIn>()));
        services.AddSingleton(provider => new SignInChallenge(provider.GetService<WalletSignIn>(), provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<JobList>();
        services.AddSingleton<WebhookSecrets>();
        services.AddSingleton<BuyerEndpoint>();
    }
}
