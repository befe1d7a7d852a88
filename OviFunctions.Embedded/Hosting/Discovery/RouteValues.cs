using System.Globalization;
using System.Reflection;
using Microsoft.AspNetCore.Http;
using OviFunctions.Embedded.Hosting.Invocation;

namespace OviFunctions.Embedded.Hosting.Discovery;

/// <summary>Reads parameters from the values of a route.</summary>
internal static class RouteValues
{
    public const string Supported = "a route value can be a string, int, long, Guid or bool";

    /// <summary>Reads a value of the route; false when it is not of the type.</summary>
    private delegate bool Parser(string text, out object? value);

    /// <summary>Null when the parameter's type is not supported.</summary>
    public static ParameterBinder? Bind(ParameterInfo parameter)
    {
        var (type, name) = (parameter.ParameterType, parameter.Name!);
        if (ParserOf(Nullable.GetUnderlyingType(type) ?? type) is not { } parse) return null;

        var mayBeMissing = parameter.HasDefaultValue || !type.IsValueType || Nullable.GetUnderlyingType(type) is not null;
        var missing = parameter.HasDefaultValue ? parameter.DefaultValue : null;
        return context =>
        {
            if (((HttpRequest)context.Trigger).RouteValues[name] is not { } routed)
                return mayBeMissing ? missing : throw new BadHttpRequestException($"The route has no value for '{name}'.");
            return parse(Convert.ToString(routed, CultureInfo.InvariantCulture)!, out var value)
                ? value
                : throw new BadHttpRequestException($"The route's value for '{name}' is not of type {type.Name}.");
        };
    }

    private static Parser? ParserOf(Type type)
    {
        if (type == typeof(string)) return (text, out value) => (value = text) is not null;
        if (type == typeof(int)) return TryParse<int>;
        if (type == typeof(long)) return TryParse<long>;
        if (type == typeof(Guid)) return TryParse<Guid>;
        if (type == typeof(bool)) return TryParse<bool>;
        return null;
    }

    private static bool TryParse<T>(string text, out object? value) where T : IParsable<T>
    {
        var success = T.TryParse(text, CultureInfo.InvariantCulture, out var parsed);
        value = parsed;
        return success;
    }
}
