using System.Text.Json.Nodes;
using OviFunctions.Payments.X402;

namespace OviFunctions.Tests.Payments.X402;

/// <summary>An index's record of a paid resource, and the same made from our quote alone.</summary>
internal static class ListingRecord
{
    /// <summary>The first entry of a listing, without what belongs to the seller and the index.</summary>
    public static JsonObject Read(string file)
    {
        var listing = JsonNode.Parse(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Data", file)))!;
        var listed = listing["accepts"]![0]!.DeepClone().AsObject();
        listed.Remove("pay_to");
        listed.Remove("verified");
        return listed;
    }

    /// <summary>What an index can write down from a 402: the body in version 1, the header in version 2.</summary>
    public static JsonObject Rebuild(PaymentChallenge challenge)
    {
        var entry = JsonNode.Parse(challenge.Body("x"))!["accepts"]![0]!;
        var schema = JsonNode.Parse(Convert.FromBase64String(challenge.HeaderValue("x")))!
            ["extensions"]!["bazaar"]!["schema"]!["properties"]!["input"]!["properties"]!["body"]!;
        var input = entry["outputSchema"]!["input"]!;
        return new JsonObject
        {
            ["scheme"] = entry["scheme"]!.DeepClone(),
            ["network"] = entry["network"]!.DeepClone(),
            ["asset"] = entry["asset"]!.DeepClone(),
            ["max_amount_required_atomic"] = entry["maxAmountRequired"]!.DeepClone(),
            ["max_timeout_seconds"] = entry["maxTimeoutSeconds"]!.DeepClone(),
            ["mime_type"] = entry["mimeType"]!.DeepClone(),
            ["description"] = entry["description"]!.DeepClone(),
            ["hints"] = new JsonObject
            {
                ["input"] = new JsonObject
                {
                    ["body"] = new JsonObject
                    {
                        ["type"] = schema["type"]!.DeepClone(),
                        ["required"] = schema["required"]!.DeepClone(),
                        ["properties"] = input["bodyFields"]!.DeepClone(),
                        ["description"] = schema["description"]!.DeepClone(),
                    },
                },
                ["request"] = input.DeepClone(),
            },
        };
    }
}
