using System.Text.Json;
using System.Text.Json.Nodes;

namespace OviFunctions.Payments.X402;

/// <summary>
/// The <c>bazaar</c> extension: how indexes learn what a resource takes and gives. It travels in headers, of which
/// proxies take 4 kB, so the body's schema is reduced to what decides whether a body is accepted; the full one
/// stands in version 1's body.
/// </summary>
internal static class BazaarExtension
{
    /// <summary>Schema keywords that only explain.</summary>
    private static readonly string[] Explanations = ["description", "default", "title", "examples", "propertyNames", "format"];

    /// <summary><c>{info, schema}</c>, where the schema accepts the info.</summary>
    public static JsonObject Describe(PaidResource resource)
    {
        var body = Reduce(resource.BodySchema);
        if (resource.BodySchema.TryGetProperty("description", out var description)) body["description"] = description.GetString();
        return new JsonObject
        {
            ["info"] = new JsonObject
            {
                ["input"] = new JsonObject
                {
                    ["type"] = "http",
                    ["method"] = "POST",
                    ["bodyType"] = "json",
                    ["body"] = X402Json.Node(resource.BodyExample),
                },
                ["output"] = new JsonObject { ["type"] = "json", ["example"] = X402Json.Node(resource.OutputExample) },
            },
            ["schema"] = new JsonObject
            {
                ["$schema"] = "https://json-schema.org/draft/2020-12/schema",
                ["type"] = "object",
                ["properties"] = new JsonObject
                {
                    ["input"] = new JsonObject
                    {
                        ["type"] = "object",
                        ["properties"] = new JsonObject
                        {
                            ["type"] = new JsonObject { ["type"] = "string", ["const"] = "http" },
                            ["method"] = new JsonObject { ["type"] = "string", ["enum"] = new JsonArray("POST") },
                            ["bodyType"] = new JsonObject { ["type"] = "string", ["enum"] = new JsonArray("json") },
                            ["body"] = body,
                        },
                        ["required"] = new JsonArray("type", "method", "bodyType", "body"),
                    },
                },
                ["required"] = new JsonArray("input"),
            },
        };
    }

    private static JsonObject Reduce(JsonElement schema)
    {
        var reduced = new JsonObject();
        foreach (var keyword in schema.EnumerateObject().Where(keyword => !Explanations.Contains(keyword.Name)))
        {
            reduced[keyword.Name] = keyword.Name switch
            {
                "properties" => ReduceEach(keyword.Value),
                "anyOf" => new JsonArray([.. keyword.Value.EnumerateArray().Select(Reduce)]),
                _ => X402Json.Node(keyword.Value),
            };
        }

        return reduced;
    }

    private static JsonObject ReduceEach(JsonElement properties) => new(properties.EnumerateObject()
        .Select(property => KeyValuePair.Create<string, JsonNode?>(property.Name, Reduce(property.Value))));
}
