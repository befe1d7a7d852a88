using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace OviFunctions.Payments.Chain;

/// <summary>The chain reader of builds without Nethereum.</summary>
internal static class ChainReaders
{
    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(10);

    public static IChainReader Create(HttpClient client, Uri endpoint, IServiceProvider services) => new JsonRpcChainReader(
        client, endpoint, CallTimeout, services.GetRequiredService<TimeProvider>(), services.GetRequiredService<ILogger<JsonRpcChainReader>>());
}
