using Microsoft.AspNetCore.Http;

namespace OviFunctions.DevStack.Faults;

/// <summary>Which requests a fault is for.</summary>
internal static class Match
{
    private static readonly object BodyKey = new();

    public static Func<HttpRequest, bool> Any { get; } = _ => true;

    /// <summary>This method and exactly this path.</summary>
    public static Func<HttpRequest, bool> Request(string method, string path) => Request(method, actual => actual == path);

    /// <summary>This method and a path that fits.</summary>
    public static Func<HttpRequest, bool> Request(string method, Func<string, bool> path) =>
        request => HttpMethods.Equals(request.Method, method) && path(request.Path.Value!);

    /// <summary>The text of a small JSON body; empty for any other.</summary>
    public static string Body(HttpRequest request) => request.HttpContext.Items.TryGetValue(BodyKey, out var text) ? (string)text! : "";

    /// <summary>For the proxy: what <see cref="Body"/> gives, before the peer has the body and after.</summary>
    internal static void SetBody(HttpRequest request, string text) => request.HttpContext.Items[BodyKey] = text;
}
