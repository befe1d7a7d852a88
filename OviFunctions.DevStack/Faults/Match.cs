using Microsoft.AspNetCore.Http;

namespace OviFunctions.DevStack.Faults;

/// <summary>Which requests a fault is for.</summary>
internal static class Match
{
    public static Func<HttpRequest, bool> Any { get; } = _ => true;

    /// <summary>This method and exactly this path.</summary>
    public static Func<HttpRequest, bool> Request(string method, string path) => Request(method, actual => actual == path);

    /// <summary>This method and a path that fits.</summary>
    public static Func<HttpRequest, bool> Request(string method, Func<string, bool> path) =>
        request => HttpMethods.Equals(request.Method, method) && path(request.Path.Value!);
}
