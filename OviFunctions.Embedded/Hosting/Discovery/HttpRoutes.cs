using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;
using OviFunctions.Embedded.Hosting.Configuration;

namespace OviFunctions.Embedded.Hosting.Discovery;

/// <summary>Reads routes and finds those that the Functions host refuses.</summary>
internal sealed class HttpRoutes(HostSettings host, AppSettingReferences settings, ParameterPolicyFactory constraints)
{
    private static readonly string[] Reserved = ["admin", "runtime"];

    /// <summary>The route with its prefix; null, and a problem, when it cannot be used.</summary>
    public RoutePattern? Read(string functionName, string? template, ICollection<string> problems)
    {
        if (settings.Resolve(string.IsNullOrWhiteSpace(template) ? functionName : template, problems) is not { } resolved) return null;

        var route = resolved.Trim('/');
        var path = $"{host.RoutePrefix}/{route}".Trim('/');
        if (Reserved.Any(r => Begins(route, r) || Begins(path, r)))
        {
            problems.Add($"the route '{route}' begins with 'admin' or 'runtime', which belong to the Functions host.");
            return null;
        }

        try
        {
            var pattern = RoutePatternFactory.Parse(path);
            foreach (var parameter in pattern.Parameters)
            {
                foreach (var policy in parameter.ParameterPolicies) constraints.Create(parameter, policy);
            }

            return pattern;
        }
        catch (Exception e) when (e is RoutePatternException or RouteCreationException or InvalidOperationException)
        {
            problems.Add($"the route '{path}' is not valid: {e.Message}");
            return null;
        }
    }

    /// <summary>Adds a problem for each two functions that would answer the same requests.</summary>
    public static void AddConflicts(IReadOnlyList<HttpFunction> functions, ICollection<string> problems)
    {
        for (var i = 0; i < functions.Count; i++)
        {
            foreach (var earlier in functions.Take(i).Where(earlier => Conflict(earlier, functions[i])))
                problems.Add($"The functions '{earlier.Name}' and '{functions[i].Name}' have the same route "
                    + $"'{functions[i].Route.RawText}' and a method in common.");
        }
    }

    private static bool Conflict(HttpFunction one, HttpFunction other) =>
        Shape(one.Route) == Shape(other.Route)
        && (one.Methods.Count == 0 || other.Methods.Count == 0 || one.Methods.Intersect(other.Methods).Any());

    /// <summary>A route without what makes no difference to the requests that it matches: case and the parameters' names.</summary>
    private static string Shape(RoutePattern route) =>
        string.Join('/', route.PathSegments.Select(segment => string.Concat(segment.Parts.Select(Shape))));

    private static string Shape(RoutePatternPart part) => part switch
    {
        RoutePatternLiteralPart literal => literal.Content.ToUpperInvariant(),
        RoutePatternSeparatorPart separator => separator.Content,
        RoutePatternParameterPart parameter =>
            $"{{{(parameter.IsCatchAll ? "*" : "")}{string.Concat(parameter.ParameterPolicies.Select(policy => ":" + policy.Content))}}}",
        _ => part.ToString()!,
    };

    private static bool Begins(string route, string word) => route.StartsWith(word, StringComparison.OrdinalIgnoreCase);
}
