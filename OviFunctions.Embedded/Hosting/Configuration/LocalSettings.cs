using System.Text.Json;

namespace OviFunctions.Embedded.Hosting.Configuration;

/// <summary>
/// What <c>local.settings.json</c> holds: app settings for a developer's machine, and where the host listens there.
/// Format: https://learn.microsoft.com/azure/azure-functions/functions-develop-local#local-settings-file
/// </summary>
/// <param name="Values">The app settings, with <c>:</c> where the file has <c>__</c>, and <c>ConnectionStrings</c> under that name.</param>
/// <param name="Port"><c>Host.LocalHttpPort</c>.</param>
/// <param name="CorsOrigins"><c>Host.CORS</c>: origins that browsers may call from; empty is no CORS.</param>
/// <param name="CorsCredentials"><c>Host.CORSCredentials</c>.</param>
internal sealed record LocalSettings(
    IReadOnlyDictionary<string, string?> Values, int? Port, IReadOnlyList<string> CorsOrigins, bool CorsCredentials)
{
    public const string FileName = "local.settings.json";

    public static LocalSettings None { get; } = new(new Dictionary<string, string?>(), null, [], false);

    /// <summary>Reads a file; what is wrong with it goes to <paramref name="problems"/>.</summary>
    public static LocalSettings Read(string path, ICollection<string> problems)
    {
        try
        {
            using var file = File.OpenRead(path);
            using var json = JsonDocument.Parse(
                file, new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
            return Read(json.RootElement, path, problems);
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            problems.Add($"{path} cannot be read: {e.Message}");
            return None;
        }
    }

    private static LocalSettings Read(JsonElement root, string path, ICollection<string> problems)
    {
        if (Property(root, "IsEncrypted") is { ValueKind: JsonValueKind.True })
        {
            problems.Add($"{path} is encrypted. Run 'func settings decrypt' beside it: the embedded host has no key for it.");
            return None;
        }

        var values = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        foreach (var setting in Members(Property(root, "Values")))
        {
            if (setting.Value.ValueKind is JsonValueKind.Object or JsonValueKind.Array)
                problems.Add($"{path}: Values.{setting.Name} is not a string. Write nested settings as \"A__B\": \"...\".");
            else if (setting.Value.ValueKind is not JsonValueKind.Null)
                values[setting.Name.Replace("__", ":", StringComparison.Ordinal)] = setting.Value.ToString();
        }

        foreach (var connection in Members(Property(root, "ConnectionStrings")))
        {
            var text = connection.Value.ValueKind is JsonValueKind.Object ? Property(connection.Value, "ConnectionString") : connection.Value;
            if (text is { ValueKind: JsonValueKind.String }) values["ConnectionStrings:" + connection.Name] = text.ToString();
            else problems.Add($"{path}: ConnectionStrings.{connection.Name} is not a string.");
        }

        var host = Property(root, "Host") ?? default;
        int? port = null;
        if (Property(host, "LocalHttpPort") is { } configured)
        {
            if (int.TryParse(configured.ToString(), out var number) && number is > 0 and <= ushort.MaxValue) port = number;
            else problems.Add($"{path}: Host.LocalHttpPort is '{configured}'. It is a port from 1 to 65535.");
        }

        const StringSplitOptions trimmed = StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries;
        var origins = Property(host, "CORS")?.ToString().Split(',', trimmed) ?? [];
        var credentials = Property(host, "CORSCredentials") is { ValueKind: JsonValueKind.True };
        if (credentials && origins.Contains("*"))
            problems.Add($"{path}: Host.CORSCredentials needs origins by name in Host.CORS; browsers refuse it with '*'.");
        return new LocalSettings(values, port, origins, credentials);
    }

    private static JsonElement? Property(JsonElement element, string name)
    {
        foreach (var member in Members(element))
        {
            if (member.Name.Equals(name, StringComparison.OrdinalIgnoreCase)) return member.Value;
        }

        return null;
    }

    private static JsonElement.ObjectEnumerator Members(JsonElement? element) =>
        element is { ValueKind: JsonValueKind.Object } found ? found.EnumerateObject() : default;
}
