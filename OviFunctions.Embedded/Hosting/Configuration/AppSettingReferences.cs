using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;

namespace OviFunctions.Embedded.Hosting.Configuration;

/// <summary>Puts the values of app settings in for <c>%Name%</c> in routes, schedules and the task hub's name.</summary>
internal sealed partial class AppSettingReferences(IConfiguration settings)
{
    /// <summary>The text with each <c>%Name%</c> replaced; null, and a problem each, when a setting is missing.</summary>
    public string? Resolve(string text, ICollection<string> problems)
    {
        var complete = true;
        var resolved = References().Replace(text, reference =>
        {
            var name = reference.Groups[1].Value;
            if (settings[name.Replace("__", ":", StringComparison.Ordinal)] is { } value) return value;
            problems.Add($"'{text}' refers to the app setting '{name}', which is not set.");
            complete = false;
            return "";
        });
        return complete ? resolved : null;
    }

    [GeneratedRegex("%([^%]+)%")]
    private static partial Regex References();
}
