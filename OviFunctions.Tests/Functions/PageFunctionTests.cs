using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using OviFunctions.Functions;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Functions;

/// <summary>The page: what the browser may run is exactly what the page has.</summary>
public sealed partial class PageFunctionTests
{
    [Fact]
    public async Task Run_ScriptAndStyle_AreAllowedByTheirHashes()
    {
        var page = await PageAsync();

        var policy = page.Header("Content-Security-Policy")!;
        foreach (var (directive, element) in new[] { ("script-src", Script()), ("style-src", Style()) })
        {
            var content = Assert.Single(element.Matches(page.Text)).Groups[1].Value;
            Assert.Contains($"{directive} 'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(content)))}';", policy, StringComparison.Ordinal);
        }

        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
        Assert.StartsWith("default-src 'none';", policy, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_Page_HasNothingThatThePolicyForbids()
    {
        var html = (await PageAsync()).Text;

        Assert.DoesNotMatch("""\son\w+\s*=\s*["']""", html); // inline handlers
        Assert.DoesNotMatch("""\sstyle\s*=\s*["']""", html);
        Assert.DoesNotMatch("""(src|href|action)\s*=\s*["']https?:""", html);
        Assert.DoesNotContain("javascript:", html, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("innerHTML", html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_Page_IsHtmlThatTellsNobodyWhereItCameFrom()
    {
        var page = await PageAsync();

        Assert.Equal((200, "text/html; charset=utf-8"), (page.Status, page.Context.Response.ContentType));
        Assert.Equal(("nosniff", "no-referrer"), (page.Header("X-Content-Type-Options"), page.Header("Referrer-Policy")));
    }

    private static async Task<HttpExchange> PageAsync()
    {
        var exchange = new HttpExchange();
        return await exchange.AnswerAsync(PageFunction.Run(exchange.Request));
    }

    [GeneratedRegex("<script[^>]*>(.*?)</script>", RegexOptions.Singleline)]
    private static partial Regex Script();

    [GeneratedRegex("<style[^>]*>(.*?)</style>", RegexOptions.Singleline)]
    private static partial Regex Style();
}
