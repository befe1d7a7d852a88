using System.Globalization;
using System.Reflection;
using OviFunctions.Configuration;
using OviFunctions.DevStack.Installation;

namespace OviFunctions.Tests.Docs;

/// <summary>What the README says about the settings is what the code knows.</summary>
public sealed class ReadmeTests
{
    [Fact]
    public void SettingsTable_Readme_ListsEverySettingAsTheCodeDescribesIt()
    {
        var readme = File.ReadAllLines(Path.Combine(RepositoryFolders.Root, "README.md"));
        var table = readme.SkipWhile(line => line != "| setting | default | what it is |").Skip(2).TakeWhile(line => line.StartsWith('|'));

        Assert.Equal(string.Join(Environment.NewLine, Rows(typeof(OviSettings), "")), string.Join(Environment.NewLine, table));
    }

    private static IEnumerable<string> Rows(Type group, string path)
    {
        var defaults = Activator.CreateInstance(group);
        foreach (var property in group.GetProperties().Where(p => p.CanWrite))
        {
            var key = path + property.Name;
            if (property.GetCustomAttribute<SettingAttribute>() is not { } setting)
            {
                foreach (var row in Rows(property.PropertyType, key + ":")) yield return row;
                continue;
            }

            var isList = property.PropertyType != typeof(string) && property.PropertyType.IsAssignableTo(typeof(System.Collections.IEnumerable));
            var element = isList ? property.PropertyType.GetGenericArguments()[0] : null;
            yield return $"| `{key}{(isList ? ":0" : "")}` | {Default(property.GetValue(defaults), setting, isList)} | {setting.Description} |";
            if (element is null || element == typeof(string)) continue;
            foreach (var row in Rows(element, $"{key}:0:")) yield return row;
        }
    }

    private static string Default(object? value, SettingAttribute setting, bool isList)
    {
        if (setting.Required) return "required";
        var text = isList ? "" : Convert.ToString(value, CultureInfo.InvariantCulture);
        return string.IsNullOrEmpty(text) ? "" : $"`{text}`";
    }
}
