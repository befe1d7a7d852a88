using System.Net;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using OviFunctions.DevStack;
using OviFunctions.DevStack.Faults;
using OviFunctions.DevStack.Parts;
using OviFunctions.Payments.Evm;
using OviFunctions.Payments.Identity;
using OviFunctions.Payments.X402;

namespace OviFunctions.Tests.EndToEnd.Crash;

/// <summary>What the buyer was answered.</summary>
internal sealed record OrderAnswer(HttpStatusCode Status, JsonElement Body);

/// <summary>A signed order by a wallet of its own, which has exactly the price.</summary>
internal sealed record CrashOrder(
    string Name, string JobId, EvmAddress Payer, Bytes32 Nonce, string Body, IReadOnlyDictionary<string, string> Headers)
{
    public const long Price = 420_000;

    private const int MaxTimeoutSeconds = 600;

    /// <summary>In the prompt, so that the provider's calls can be told apart.</summary>
    public string Tag => TagOf(Name);

    public string ContentPath => $"/v1/videos/jobs/{JobId}/content";

    public string WebhookPath => WebhookPathOf(Nonce);

    /// <param name="stack">Where the payer gets his money.</param>
    /// <param name="name">Different for each order.</param>
    /// <param name="image">The image or its URL, for a nonce.</param>
    /// <param name="receiver">Where webhooks go.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async Task<CrashOrder> SignAsync(
        DeveloperStack stack, string name, Func<Bytes32, string> image, Uri receiver, CancellationToken cancellationToken)
    {
        var wallet = Wallet.Create();
        await stack.Chain!.Rpc.MintAsync(wallet.Address, Price, cancellationToken);
        if (!EvmSigner.TryParse(wallet.PrivateKey, out var signer)) throw new InvalidOperationException("A new wallet has a valid key.");

        var network = EvmNetwork.Parse(stack.Chain.Network.V1Name);
        var ours = new PaymentRequirement(network, EvmAddress.Parse(DevAccounts.Merchant.Address), Price, MaxTimeoutSeconds);
        var nonce = new Bytes32(RandomNumberGenerator.GetBytes(32));
        var validBefore = (ulong)stack.Host.Time.GetUtcNow().ToUnixTimeSeconds() + MaxTimeoutSeconds;
        var transfer = new TransferAuthorization(signer.Address, ours.PayTo, ours.Amount, 0, validBefore, nonce);
        var payment = X402Json.Payment(X402Version.V2, signer.Sign(transfer, network.UsdcDomain), ours, resource: null);
        var webhook = new Uri(receiver, WebhookPathOf(nonce));
        var body = JsonSerializer.Serialize(new { prompt = $"Waves {TagOf(name)}", image_url = image(nonce), webhook_url = webhook });
        return new CrashOrder(
            name, PaymentIdentity.JobId(network, signer.Address, nonce), signer.Address, nonce, body,
            new Dictionary<string, string> { [X402Headers.PaymentV2] = X402Json.Header(payment), ["Idempotency-Key"] = nonce.ToString() });
    }

    /// <summary>Whether a request names this order, its payment or its job, or the provider's id of the job.</summary>
    public bool IsNamedIn(HttpRequest request, IEnumerable<string> providerIds)
    {
        var text = $"{request.Path}{request.QueryString}{request.Headers["webhook-id"]}{request.Headers["Idempotency-Key"]}{Match.Body(request)}";
        IEnumerable<string> names = [JobId, Nonce.ToString()[2..], Payer.ToString()[2..], Tag, .. providerIds];
        return names.Any(name => text.Contains(name, StringComparison.OrdinalIgnoreCase));
    }

    private static string WebhookPathOf(Bytes32 nonce) => $"/hooks/{nonce}";

    private static string TagOf(string name) => $"[{name}]";
}
