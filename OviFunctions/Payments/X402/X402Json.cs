using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using OviFunctions.Payments.Evm;

namespace OviFunctions.Payments.X402;

/// <summary>The objects of the x402 wire format, written from our own types only.</summary>
internal static class X402Json
{
    private static readonly JsonSerializerOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Compact UTF-8. Not for embedding in HTML.</summary>
    public static byte[] Bytes(JsonNode node) => JsonSerializer.SerializeToUtf8Bytes(node, Compact);

    /// <summary>The value of a header: base64 of the compact JSON.</summary>
    public static string Header(JsonNode node) => Convert.ToBase64String(Bytes(node));

    public static JsonNode Node(JsonElement element) => JsonSerializer.SerializeToNode(element)!;

    /// <summary>One entry of <c>accepts</c>, and what a facilitator takes as <c>paymentRequirements</c> (section 5.1).</summary>
    public static JsonObject Requirement(X402Version version, PaymentRequirement ours, PaidResource? resource) =>
        version == X402Version.V1 ? RequirementV1(ours, resource) : new JsonObject
        {
            ["scheme"] = PaymentRequirement.Scheme,
            ["network"] = ours.Network.CaipId,
            ["amount"] = ours.Amount.ToString(),
            ["asset"] = ours.Network.Usdc.ToChecksumString(),
            ["payTo"] = ours.PayTo.ToChecksumString(),
            ["maxTimeoutSeconds"] = ours.MaxTimeoutSeconds,
            ["extra"] = Token(ours.Network),
        };

    /// <summary>Version 2's <c>resource</c>.</summary>
    public static JsonObject Resource(PaidResource resource) => new()
    {
        ["url"] = resource.Url.AbsoluteUri,
        ["description"] = resource.Description,
        ["mimeType"] = resource.MimeType,
        ["serviceName"] = resource.ServiceName,
        ["tags"] = new JsonArray([.. resource.Tags.Select(tag => JsonValue.Create(tag))]),
    };

    /// <summary>A payment as a client would send it, with our offer as <c>accepted</c> (section 5.2).</summary>
    public static JsonObject Payment(
        X402Version version, SignedAuthorization authorization, PaymentRequirement ours, PaidResource? resource)
    {
        var payload = new JsonObject
        {
            ["signature"] = authorization.Signature,
            ["authorization"] = Transfer(authorization.Transfer),
        };
        if (version == X402Version.V1)
        {
            return new JsonObject
            {
                ["x402Version"] = 1,
                ["scheme"] = PaymentRequirement.Scheme,
                ["network"] = ours.Network.V1Name,
                ["payload"] = payload,
            };
        }
        var payment = new JsonObject { ["x402Version"] = 2, ["accepted"] = Requirement(version, ours, resource), ["payload"] = payload };
        if (resource is null) return payment;
        // Facilitators that index what they settle read it here.
        payment["resource"] = Resource(resource);
        payment["extensions"] = new JsonObject { ["bazaar"] = BazaarExtension.Describe(resource) };
        return payment;
    }

    private static JsonObject RequirementV1(PaymentRequirement ours, PaidResource? resource)
    {
        ArgumentNullException.ThrowIfNull(resource);
        return new JsonObject
        {
            ["scheme"] = PaymentRequirement.Scheme,
            ["network"] = ours.Network.V1Name,
            ["maxAmountRequired"] = ours.Amount.ToString(),
            ["resource"] = resource.Url.AbsoluteUri,
            ["description"] = resource.Description,
            ["mimeType"] = resource.MimeType,
            ["outputSchema"] = new JsonObject
            {
                ["input"] = new JsonObject
                {
                    ["type"] = "http",
                    ["method"] = "POST",
                    ["bodyType"] = "json",
                    ["bodyFields"] = Node(resource.BodyFields),
                    ["headerFields"] = Node(PaidResource.HeaderFields),
                },
                ["output"] = Node(resource.OutputExample),
            },
            ["payTo"] = ours.PayTo.ToChecksumString(),
            ["maxTimeoutSeconds"] = ours.MaxTimeoutSeconds,
            ["asset"] = ours.Network.Usdc.ToChecksumString(),
            ["extra"] = Token(ours.Network),
        };
    }

    private static JsonObject Token(EvmNetwork network) =>
        new() { ["name"] = network.UsdcDomain.Name, ["version"] = network.UsdcDomain.Version };

    private static JsonObject Transfer(TransferAuthorization transfer) => new()
    {
        ["from"] = transfer.From.ToChecksumString(),
        ["to"] = transfer.To.ToChecksumString(),
        ["value"] = transfer.Value.ToString(),
        ["validAfter"] = transfer.ValidAfter.ToString(),
        ["validBefore"] = transfer.ValidBefore.ToString(),
        ["nonce"] = transfer.Nonce.ToString(),
    };
}
