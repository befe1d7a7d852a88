using System.Globalization;
using System.Text.Json;

namespace OviFunctions.Tests.EndToEnd.Support;

/// <summary>Reads answers by paths like <c>job.assets.0.url</c>.</summary>
internal static class JsonPaths
{
    /// <summary>The value; null when there is none.</summary>
    public static JsonElement? Find(this JsonElement json, string path)
    {
        var here = json;
        foreach (var step in path.Split('.'))
        {
            if (here.ValueKind == JsonValueKind.Array)
            {
                var index = int.Parse(step, CultureInfo.InvariantCulture);
                if (index >= here.GetArrayLength()) return null;
                here = here[index];
            }
            else if (here.ValueKind != JsonValueKind.Object || !here.TryGetProperty(step, out here))
            {
                return null;
            }
        }

        return here;
    }

    /// <summary>The text; null when there is none.</summary>
    public static string? Text(this JsonElement json, string path) => json.Find(path)?.GetString();

    /// <summary>How many entries a list has; 0 when there is none.</summary>
    public static int Count(this JsonElement json, string path) => json.Find(path)?.GetArrayLength() ?? 0;
}
