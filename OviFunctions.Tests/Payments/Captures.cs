using System.Text;
using System.Text.Json;

namespace OviFunctions.Tests.Payments;

/// <summary>Data/x402-captures: what the reference clients, servers and facilitators sent, byte for byte.</summary>
internal static class Captures
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "Data", "x402-captures");

    /// <summary>The case file: per case the answers of facilitators and servers.</summary>
    public static JsonElement Errors { get; } = Read("errors.json");

    public static IEnumerable<string> Files => Directory.EnumerateFiles(Folder, "v*.json").Select(file => Path.GetFileName(file)!).Order();

    public static JsonElement Read(string file) => JsonElement.Parse(File.ReadAllBytes(Path.Combine(Folder, file)));

    /// <summary>The exchanges of a file; a race has two.</summary>
    public static IEnumerable<JsonElement> Exchanges(string file) =>
        Read(file) is { ValueKind: JsonValueKind.Array } list ? list.EnumerateArray() : [Read(file)];

    /// <summary>A header's value in one half of an exchange; null when it is not there.</summary>
    public static string? Header(JsonElement message, string name) => message.GetProperty("headers").EnumerateArray()
        .Where(pair => string.Equals(pair[0].GetString(), name, StringComparison.OrdinalIgnoreCase))
        .Select(pair => pair[1].GetString()).FirstOrDefault();

    /// <summary>The exact bytes of a message's body.</summary>
    public static byte[] Body(JsonElement message)
    {
        var raw = message.GetProperty("raw").GetString()!;
        return Encoding.Latin1.GetBytes(raw[(raw.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..]);
    }

    public static int Status(JsonElement response) =>
        int.Parse(response.GetProperty("startLine").GetString()!.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture);
}
