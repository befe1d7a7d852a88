using Microsoft.Extensions.DependencyInjection;
using Nethereum.JsonRpc.Client;
using Nethereum.Web3;

namespace OviFunctions.Payments.Chain;

/// <summary>The chain reader of builds with Nethereum.</summary>
internal static class ChainReaders
{
    private const int MaxAnswerBytes = 4 * 1024 * 1024;
    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(10);

    public static IChainReader Create(HttpClient client, Uri endpoint, IServiceProvider services)
    {
        client.MaxResponseContentBufferSize = MaxAnswerBytes;
        var web3 = new Web3(new RpcClient(endpoint, client));
        return new NethereumChainReader(web3, CallTimeout, services.GetRequiredService<TimeProvider>());
    }
}
