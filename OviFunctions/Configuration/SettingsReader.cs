using System.Collections;
using System.Globalization;
using System.Reflection;
using Microsoft.Extensions.Configuration;

namespace OviFunctions.Configuration;

/// <summary>
/// Reads a settings class from configuration and reports every problem at once: missing, unreadable, out of
/// range, and unknown keys. The framework's binder stops at the first value that it cannot convert.
/// </summary>
internal sealed class SettingsReader
{
    private readonly List<SettingProblem> _problems = [];
    private readonly List<SettingValue> _values = [];

    /// <summary>Reads all settings; throws <see cref="SettingsException"/> with all problems when there are any.</summary>
    public static T Read<T>(IConfiguration configuration) where T : class, new()
    {
        var (settings, _, problems) = Inspect<T>(configuration);
        return problems.Count == 0 ? settings : throw new SettingsException(problems);
    }

    /// <summary>Reads all settings and returns them with every value and every problem found.</summary>
    public static (T Settings, IReadOnlyList<SettingValue> Values, IReadOnlyList<SettingProblem> Problems) Inspect<T>(
        IConfiguration configuration) where T : class, new()
    {
        var reader = new SettingsReader();
        var settings = (T)reader.ReadGroup(typeof(T), configuration, path: "");
        return (settings, reader._values, reader._problems);
    }

    private object ReadGroup(Type type, IConfiguration section, string path)
    {
        var group = Activator.CreateInstance(type)!;
        var properties = type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(p => p.CanWrite).ToArray();
        foreach (var property in properties)
        {
            var child = section.GetSection(property.Name);
            var setting = property.GetCustomAttribute<SettingAttribute>();
            if (setting is null) property.SetValue(group, ReadGroup(property.PropertyType, child, $"{path}{property.Name}:"));
            else if (property.PropertyType != typeof(string) && property.PropertyType.IsAssignableTo(typeof(IEnumerable)))
                property.SetValue(group, ReadList(property.PropertyType.GetGenericArguments()[0], child, path + property.Name, setting));
            else if (ReadValue(property.PropertyType, child.Value, property.GetValue(group), path + property.Name, setting) is { } value)
                property.SetValue(group, value);
        }

        if (path.Length > 0) ReportUnknownKeys(section, properties, path);
        if (group is ISettingRules rules) CheckRules(rules, path);
        return group;
    }

    /// <summary>A rule sees the default of a value that could not be read, so it has nothing to say about such a key.</summary>
    private void CheckRules(ISettingRules rules, string path)
    {
        var reported = _problems.Select(p => p.Key).ToHashSet(StringComparer.Ordinal);
        _problems.AddRange(rules.Check(path).Where(p => !reported.Contains(p.Key)).ToArray());
    }

    private IList ReadList(Type elementType, IConfigurationSection section, string path, SettingAttribute setting)
    {
        var list = (IList)Activator.CreateInstance(typeof(List<>).MakeGenericType(elementType))!;
        if (!string.IsNullOrWhiteSpace(section.Value))
        {
            _problems.Add(new(path, $"is a list: its first entry is {path}:0. {Expectation(setting)}"));
            return list;
        }

        foreach (var child in section.GetChildren())
        {
            var childPath = $"{path}:{child.Key}";
            var element = elementType == typeof(string)
                ? ReadValue(elementType, child.Value, null, childPath, setting)
                : ReadGroup(elementType, child, childPath + ":");
            if (element is not null) list.Add(element);
        }

        if (list.Count == 0 && setting.Required) _problems.Add(new(path + ":0", $"is missing. {Expectation(setting)}"));
        return list;
    }

    private object? ReadValue(Type type, string? text, object? fallback, string path, SettingAttribute setting)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (string.IsNullOrWhiteSpace(text))
        {
            if (setting.Required) _problems.Add(new(path, $"is missing. {Expectation(setting)}"));
            else if (setting.NotEmpty && text is not null) _problems.Add(new(path, $"is set and empty. {Expectation(setting)}"));
            _values.Add(new(path, setting.Secret && fallback is not null ? "(set)" : Print(fallback), IsDefault: true, setting.Description));
            return null;
        }

        _values.Add(new(path, setting.Secret ? "(set)" : text, IsDefault: false, setting.Description));
        var value = Convert(type, text.Trim());
        if (value is null)
        {
            var shown = setting.Secret ? "the value" : $"\"{text}\"";
            _problems.Add(new(path, $"{shown} is not {Kind(type)}. {Expectation(setting)}"));
        }
        else if (value is int or decimal or double && System.Convert.ToDouble(value, CultureInfo.InvariantCulture) is var number
                 && !(number >= setting.Min && number <= setting.Max)) // NaN is not
        {
            _problems.Add(new(path, FormattableString.Invariant($"{text} is out of range: it should be {setting.Min} to {setting.Max}. ") + Expectation(setting)));
            return null;
        }

        return value;
    }

    private void ReportUnknownKeys(IConfiguration section, PropertyInfo[] properties, string path)
    {
        var known = properties.Select(p => p.Name).ToArray();
        foreach (var child in section.GetChildren())
        {
            if (known.Contains(child.Key, StringComparer.OrdinalIgnoreCase)) continue;
            _problems.Add(new(path + child.Key, $"is not a setting. Under {path.TrimEnd(':')} there are: {string.Join(", ", known)}."));
        }
    }

    private static object? Convert(Type type, string text)
    {
        var invariant = CultureInfo.InvariantCulture;
        if (type == typeof(string)) return text;
        if (type == typeof(int)) return int.TryParse(text, NumberStyles.Integer, invariant, out var i) ? i : null;
        if (type == typeof(decimal)) return decimal.TryParse(text, NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign, invariant, out var m) ? m : null;
        if (type == typeof(double)) return double.TryParse(text, NumberStyles.Float, invariant, out var d) ? d : null;
        if (type == typeof(bool)) return bool.TryParse(text, out var b) ? b : null;
        if (type == typeof(DateOnly)) return DateOnly.TryParseExact(text, "yyyy-MM-dd", invariant, DateTimeStyles.None, out var day) ? day : null;
        if (type == typeof(Uri)) return Uri.TryCreate(text, UriKind.Absolute, out var u) && u.Scheme is "http" or "https" ? u : null;
        if (type.IsEnum) return Enum.TryParse(type, text, ignoreCase: true, out var e) && Enum.IsDefined(type, e) ? e : null;
        throw new NotSupportedException($"Settings of type {type} are not supported.");
    }

    private static string Kind(Type type)
    {
        if (type == typeof(int)) return "a whole number";
        if (type == typeof(decimal) || type == typeof(double)) return "a number (with a point, no thousands separator)";
        if (type == typeof(bool)) return "true or false";
        if (type == typeof(DateOnly)) return "a date (year-month-day)";
        if (type == typeof(Uri)) return "an http or https URL";
        return type.IsEnum ? $"one of {string.Join(", ", Enum.GetNames(type))}" : "a text";
    }

    private static string Expectation(SettingAttribute setting) =>
        setting.Example is null ? setting.Description : $"{setting.Description} For example {setting.Example}";

    private static string Print(object? value) =>
        value is null ? "(not set)" : System.Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";
}

/// <summary>One setting as it was read, for <c>check</c>; secrets are shown as <c>(set)</c>.</summary>
internal sealed record SettingValue(string Key, string Value, bool IsDefault, string Description);
