using System.Text;
using System.Text.Json;
using OviFunctions.Payments.X402;

namespace OviFunctions.Tests.EndToEnd.Support;

/// <summary>What a gateway answered, read whole.</summary>
/// <param name="Headers">Names in any case; several values of a header are joined with a comma.</param>
internal sealed record Answer(int Status, IReadOnlyDictionary<string, string> Headers, byte[] Body)
{
    public JsonElement Json => JsonElement.Parse(Body);

    public string? Header(string name) => Headers.GetValueOrDefault(name);

    /// <summary>A text of the body by its path; null when there is none.</summary>
    public string? Text(string path) => Json.Text(path);

    /// <summary>The decoded receipt in the version's header; null when there is none.</summary>
    public JsonElement? Receipt(X402Version version) =>
        Header(X402Headers.ReceiptOf(version)) is { } receipt ? JsonElement.Parse(Convert.FromBase64String(receipt)) : null;

    /// <summary>Status and body, for the message of a failed assertion.</summary>
    public override string ToString() => $"{Status} {Encoding.UTF8.GetString(Body)}";

    public static async Task<Answer> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var headers = response.Headers.Concat(response.Content.Headers).ToDictionary(
            header => header.Key, header => string.Join(",", header.Value), StringComparer.OrdinalIgnoreCase);
        return new Answer((int)response.StatusCode, headers, await response.Content.ReadAsByteArrayAsync(cancellationToken));
    }
}
