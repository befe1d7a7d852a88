using System.Collections.Concurrent;
using Microsoft.Playwright;
using OviFunctions.DevStack.Installation;

namespace OviFunctions.Tests.EndToEnd.Support;

/// <summary>A page in a browser that notices what the page does wrong.</summary>
internal sealed class BrowserWindow : IAsyncDisposable
{
    private readonly IBrowserContext _context;
    private readonly ConcurrentQueue<string> _complaints = new();

    private BrowserWindow(IBrowserContext context, IPage page) => (_context, Page) = (context, page);

    public IPage Page { get; }

    /// <summary>Errors on the console, exceptions, and violations of the page's own content security policy.</summary>
    public IReadOnlyCollection<string> Complaints => _complaints;

    public static async Task<BrowserWindow> OpenAsync(IBrowser browser, Uri url, ColorScheme scheme, int width, int height)
    {
        var context = await browser.NewContextAsync(new BrowserNewContextOptions
        {
            ViewportSize = new ViewportSize { Width = width, Height = height },
            ColorScheme = scheme,
        });
        context.SetDefaultTimeout(60_000);
        var window = new BrowserWindow(context, await context.NewPageAsync());
        window.Page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning") window._complaints.Enqueue(message.Text);
        };
        window.Page.PageError += (_, error) => window._complaints.Enqueue(error);
        await window.Page.AddInitScriptAsync(
            "addEventListener('securitypolicyviolation', e => console.error(`policy: ${e.violatedDirective} ${e.blockedURI}`))");
        await window.Page.GotoAsync(url.AbsoluteUri);
        return window;
    }

    /// <summary>Keeps what the whole page looks like as <c>out/NAME.png</c>, for people.</summary>
    public Task PhotographAsync(string name) => Page.ScreenshotAsync(new PageScreenshotOptions
    {
        Path = Path.Combine(RepositoryFolders.Root, "out", name + ".png"),
        FullPage = true,
    });

    public async ValueTask DisposeAsync() => await _context.DisposeAsync();
}
