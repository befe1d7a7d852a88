using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace OviFunctions.Functions;

/// <summary>The page at the root: one order by API key, with a live timeline and the video.</summary>
public static class PageFunction
{
    private static readonly string Html = ReadPage();

    /// <summary>The page's one script is allowed by its hash; nothing else may run, and nothing is loaded from elsewhere.</summary>
    private static readonly string ContentSecurityPolicy =
        $"default-src 'none'; script-src 'sha256-{HashOf("script")}'; style-src 'sha256-{HashOf("style")}'; " +
        "connect-src 'self'; img-src data:; media-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'";

    [Function(nameof(PageFunction))]
    public static IResult Run([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "/")] HttpRequest request)
    {
        var headers = request.HttpContext.Response.Headers;
        headers.ContentSecurityPolicy = ContentSecurityPolicy;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        return Results.Content(Html, "text/html", Encoding.UTF8);
    }

    private static string ReadPage()
    {
        using var stream = typeof(PageFunction).Assembly.GetManifestResourceStream("OviFunctions.Http.Page.page.html")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }

    private static string HashOf(string element)
    {
        var start = Html.IndexOf($"<{element}>", StringComparison.Ordinal) + element.Length + 2;
        var end = Html.IndexOf($"</{element}>", start, StringComparison.Ordinal);
        return Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(Html[start..end])));
    }
}
