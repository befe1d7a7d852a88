using System.Text.Json.Nodes;

namespace OviFunctions.Payments.X402;

/// <summary>
/// The 402 answer: version 2 in the header <c>PAYMENT-REQUIRED</c>, version 1 in the JSON body. Together they serve
/// the clients of both versions.
/// </summary>
public sealed class PaymentChallenge
{
    /// <summary>Longest <c>PAYMENT-REQUIRED</c>: nginx answers 502 for a header of 4,136 bytes, and other headers need room.</summary>
    public const int MaxHeaderLength = 3500;

    /// <summary>Room for <c>error</c> in the header, in bytes of JSON.</summary>
    public const int MaxErrorLength = 120;

    private const string PlainError = "Payment required";

    private readonly byte[] _headerMembers;
    private readonly byte[] _bodyMembers;

    /// <exception cref="ArgumentException">The resource's texts are not as indexes need them, or its header would be too long.</exception>
    public PaymentChallenge(PaidResource resource, PaymentRequirement requirement)
    {
        resource.Validate();
        var body = new JsonObject { ["accepts"] = new JsonArray(X402Json.Requirement(X402Version.V1, requirement, resource)) };
        if (resource.Terms is { } terms) body["seller_terms"] = Describe(terms);
        _bodyMembers = X402Json.Bytes(body);
        _headerMembers = HeaderMembers(resource, requirement, resource.Terms);
        // Long addresses: the terms are in the body, and where they are looked for.
        if (LongestHeader > MaxHeaderLength) _headerMembers = HeaderMembers(resource, requirement, terms: null);
        if (LongestHeader > MaxHeaderLength)
        {
            throw new ArgumentException(
                $"{X402Headers.Required} of {resource.Url} would have {LongestHeader} bytes, {MaxHeaderLength} are allowed: shorten the "
                + "description, the tags, the examples or the body's schema.", nameof(resource));
        }
    }

    /// <summary>The value of <c>PAYMENT-REQUIRED</c>.</summary>
    /// <param name="error">A code or a short text; "Payment required" stands for one that is longer than there is room.</param>
    public string HeaderValue(string error)
    {
        var shown = X402Json.Bytes(error).Length > MaxErrorLength + 2 ? PlainError : error;
        return Convert.ToBase64String(Join(new JsonObject { ["x402Version"] = 2, ["error"] = shown }, _headerMembers));
    }

    /// <summary>The body, <c>application/json</c>. Clients of version 1 ignore the members that are ours.</summary>
    /// <param name="error">A code or a text.</param>
    /// <param name="ours">Members of ours, for example what is wrong with the request, so that it can be mended before it is paid for.</param>
    public byte[] Body(string error, JsonObject? ours = null)
    {
        var members = new JsonObject { ["x402Version"] = 1, ["error"] = error };
        foreach (var (name, value) in ours ?? []) members[name] = value?.DeepClone();
        return Join(members, _bodyMembers);
    }

    private int LongestHeader => HeaderValue(new string('x', MaxErrorLength)).Length;

    private static byte[] HeaderMembers(PaidResource resource, PaymentRequirement requirement, SaleTerms? terms)
    {
        var extensions = new JsonObject
        {
            ["bazaar"] = BazaarExtension.Describe(resource),
            ["payment-identifier"] = PaymentIdentifier(),
        };
        if (terms is not null)
            extensions["seller-terms"] = new JsonObject { ["info"] = Describe(terms), ["schema"] = new JsonObject { ["type"] = "object" } };
        return X402Json.Bytes(new JsonObject
        {
            ["resource"] = X402Json.Resource(resource),
            ["accepts"] = new JsonArray(X402Json.Requirement(X402Version.V2, requirement, resource)),
            ["extensions"] = extensions,
        });
    }

    // One object with the members of both; the second, large one is serialized once.
    private static byte[] Join(JsonObject first, ReadOnlySpan<byte> second) =>
        [.. X402Json.Bytes(first).AsSpan()[..^1], (byte)',', .. second[1..]];

    // An extension of ours; the proposal of the specification ("refund") is not settled yet, and has a policyUrl too.
    private static JsonObject Describe(SaleTerms terms) => new()
    {
        ["termsUrl"] = terms.Terms.AbsoluteUri,
        ["refundUrl"] = terms.Refunds.AbsoluteUri,
        ["refundPercent"] = new JsonObject
        {
            ["default"] = 100,
            ["invalid_input"] = terms.InvalidInputPercent,
            ["content_policy"] = terms.ContentPolicyPercent,
        },
    };

    // The default client echoes {required:false} and adds no id of its own, so it must not be required.
    private static JsonObject PaymentIdentifier() => new()
    {
        ["info"] = new JsonObject { ["required"] = false },
        ["schema"] = new JsonObject
        {
            ["$schema"] = "https://json-schema.org/draft/2020-12/schema",
            ["type"] = "object",
            ["properties"] = new JsonObject
            {
                ["required"] = new JsonObject { ["type"] = "boolean" },
                ["id"] = new JsonObject { ["type"] = "string", ["minLength"] = 16, ["maxLength"] = 128, ["pattern"] = "^[a-zA-Z0-9_-]+$" },
            },
            ["required"] = new JsonArray("required"),
        },
    };
}
