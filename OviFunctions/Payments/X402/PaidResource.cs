using System.Text.Json;

namespace OviFunctions.Payments.X402;

/// <summary>
/// What is sold at one URL, as buyers and indexes are told about it. Another model is another instance.
/// </summary>
/// <param name="Url">Absolute, as the public reaches it.</param>
/// <param name="Description">One or two sentences, at most 500 characters (CDP's limit).</param>
/// <param name="MimeType">Of the answer.</param>
/// <param name="ServiceName">Printable ASCII, at most 32 characters.</param>
/// <param name="Tags">At most 5, each at most 32 characters of printable ASCII.</param>
/// <param name="BodySchema">JSON Schema of the request body: an object with <c>properties</c> and <c>required</c>.</param>
/// <param name="BodyExample">A body that the schema accepts.</param>
/// <param name="OutputExample">A body that we answer with.</param>
public sealed record PaidResource(
    Uri Url,
    string Description,
    string MimeType,
    string ServiceName,
    IReadOnlyList<string> Tags,
    JsonElement BodySchema,
    JsonElement BodyExample,
    JsonElement OutputExample)
{
    /// <summary>On which terms it is sold; null when the quote says nothing about that.</summary>
    public SaleTerms? Terms { get; init; }

    /// <summary>The headers of a resource that is paid with x402 or an API key: version 1's <c>headerFields</c>.</summary>
    public static JsonElement HeaderFields { get; } = JsonElement.Parse("""
        {
          "X-PAYMENT": { "type": "string", "description": "Base64-encoded x402 payment payload." },
          "Authorization": { "type": "string", "description": "Bearer token or API key (optional when providing an x402 payment)." }
        }
        """);

    /// <summary>The schema's properties: version 1's <c>bodyFields</c>.</summary>
    public JsonElement BodyFields => BodySchema.GetProperty("properties");

    /// <exception cref="ArgumentException">Something that indexes would drop or refuse.</exception>
    internal void Validate()
    {
        if (!Url.IsAbsoluteUri) throw new ArgumentException("The resource's URL must be absolute.");
        if (Description.Length is 0 or > 500) throw new ArgumentException("The resource's description must have 1 to 500 characters.");
        if (!IsShortAscii(ServiceName) || Tags.Count > 5 || !Tags.All(IsShortAscii))
            throw new ArgumentException("The service name and up to 5 tags must each have 1 to 32 printable ASCII characters.");
        if (BodySchema.ValueKind != JsonValueKind.Object || !BodySchema.TryGetProperty("properties", out _))
            throw new ArgumentException("The body's schema must be an object with properties.");
    }

    private static bool IsShortAscii(string text) => text.Length is > 0 and <= 32 && !text.AsSpan().ContainsAnyExceptInRange(' ', '~');
}
