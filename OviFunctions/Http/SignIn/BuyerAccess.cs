using Microsoft.AspNetCore.Http;

namespace OviFunctions.Http.SignIn;

/// <summary>Who asks: the holder of an API key, or of the wallet that paid. A job token is not enough for what is behind this.</summary>
/// <param name="keys">The API keys.</param>
/// <param name="wallets">Null where wallets cannot sign in.</param>
public sealed class BuyerAccess(ApiKeys keys, WalletSignIn? wallets)
{
    /// <summary>The buyer, or why he is not known.</summary>
    public async Task<(Buyer? Buyer, Problem? Problem)> IdentifyAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        var signIns = request.Headers[SignInHeader.Name];
        if (signIns.Count + request.Headers.Authorization.Count > 1) return (null, SignInProblems.OneWay);
        if (signIns.Count == 1)
        {
            if (wallets is null) return (null, SignInProblems.NotOffered);
            var (wallet, problem) = await wallets.CheckAsync(signIns[0] ?? "", cancellationToken);
            return (wallet is { } address ? new Buyer.Wallet(wallets.Network, address) : null, problem);
        }

        if (request.Headers.Authorization.Count == 0) return (null, SignInProblems.Required);
        return JobAccess.BearerToken(request) is { } token && keys.Find(token) is { } key
            ? (new Buyer.ApiKey(key.Id), null)
            : (null, SignInProblems.WrongKey);
    }
}
