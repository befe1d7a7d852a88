using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using OviFunctions.DevStack;
using OviFunctions.DevStack.Faults;
using OviFunctions.DevStack.Parts;
using OviFunctions.Jobs;
using OviFunctions.Jobs.Batches;
using OviFunctions.Payments.Evm;
using OviFunctions.Payments.Refunds;
using OviFunctions.Payments.X402;
using OviFunctions.Tests.EndToEnd.Support;

namespace OviFunctions.Tests.EndToEnd.Crash;

/// <summary>A signed order by a wallet of its own, which has exactly the price.</summary>
internal sealed record CrashOrder(Payer Payer, SignedAuthorization Signed, JsonObject Body)
{
    private const int MaxTimeoutSeconds = 600;

    public string JobId { get; } = Observations.JobIdOf(Signed);

    /// <summary>Different for each order, so that the providers' calls can be told apart.</summary>
    public string Prompt => (Body["items"]?[0] ?? Body)["prompt"]!.GetValue<string>();

    /// <summary>Where it is sent.</summary>
    public string OrderPath => IsBatch ? "/" + BatchModel.RouteTemplate : Shop.JobsPath;

    public bool IsBatch => Body.ContainsKey("items");

    /// <summary>The id under which its video is stored.</summary>
    public string VideoId => IsBatch ? JobIdentity.Item(JobId, 0) : JobId;

    public string JobPath => $"/v1/videos/jobs/{JobId}";

    public string ContentPath => $"/v1/videos/jobs/{VideoId}/content";

    public string WebhookPath => new Uri(Body["webhook_url"]!.GetValue<string>()).AbsolutePath;

    /// <summary>The payment, and the key with which the order can be repeated.</summary>
    public (string Name, string Value)[] Headers =>
    [
        (X402Headers.PaymentV2, X402Json.Header(X402Json.Payment(X402Version.V2, Signed, OfferTo(Signed), resource: null))),
        ("Idempotency-Key", Signed.Transfer.Nonce.ToString()),
    ];

    /// <param name="stack">Where the payer gets his money.</param>
    /// <param name="name">Different for each order.</param>
    /// <param name="images">Where the image is; null when it is sent along.</param>
    /// <param name="receiver">Where webhooks go.</param>
    /// <param name="asBatch">Whether it is a batch of one video.</param>
    public static async Task<CrashOrder> SignAsync(DeveloperStack stack, string name, Uri? images, Uri receiver, bool asBatch)
    {
        var payer = await Payer.CreateAsync(stack.Chain!, GatewayTest.Price);
        var nonce = new Bytes32(RandomNumberGenerator.GetBytes(32));
        var validBefore = (ulong)stack.Host.Time.GetUtcNow().ToUnixTimeSeconds() + MaxTimeoutSeconds;
        var merchant = EvmAddress.Parse(DevAccounts.Merchant.Address);
        var signed = payer.Sign(new TransferAuthorization(payer.Address, merchant, GatewayTest.Price, 0, validBefore, nonce));
        var body = OrderBody.For($"Waves at night. {name}.", new Uri(receiver, $"hooks/{nonce}"));
        // The query is nothing to the server; the download is recognised by it.
        if (images is not null) body["image_url"] = new Uri(images, $"picture.png?{nonce}").AbsoluteUri;
        return new CrashOrder(payer, signed, asBatch ? OrderBody.BatchOf(body) : body);
    }

    /// <summary>Whether a request names this order, its payment or its job, or the provider's id of the job.</summary>
    public bool IsNamedIn(HttpRequest request, IEnumerable<string> providerIds)
    {
        var text = string.Concat(
            request.Path, request.QueryString, request.Headers["webhook-id"], request.Headers["Idempotency-Key"], Match.Body(request));
        IEnumerable<string> names = [JobId, Signed.Transfer.Nonce.ToString()[2..], RefundRecord.NonceOf(JobId).ToString()[2..], Payer.Address.ToString()[2..], Prompt, .. providerIds];
        return names.Any(name => text.Contains(name, StringComparison.OrdinalIgnoreCase));
    }

    private static PaymentRequirement OfferTo(SignedAuthorization signed) =>
        new(EvmNetwork.BaseSepolia, signed.Transfer.To, signed.Transfer.Value, MaxTimeoutSeconds);
}
