using Microsoft.Playwright;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.EndToEnd.Support;

/// <summary>The machine's own Chromium, headless; nothing where there is none. No browser is ever downloaded.</summary>
public sealed class Browser : IAsyncLifetime
{
    /// <summary>What it is called; the first that is on the PATH is taken.</summary>
    private static readonly string[] Programs = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

    private IPlaywright? _playwright;
    private IBrowser? _chromium;

    public async Task InitializeAsync()
    {
        if (FactWithAttribute.Find(Programs) is not { } program) return;
        _playwright = await Playwright.CreateAsync();
        _chromium = await _playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = program,
            Headless = true,
            Args =
            [
                "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
                "--disable-component-update", "--disable-sync", "--mute-audio",
            ],
        });
    }

    public async Task DisposeAsync()
    {
        if (_chromium is not null) await _chromium.DisposeAsync();
        _playwright?.Dispose();
    }

    /// <summary>A new window.</summary>
    internal Task<BrowserWindow> OpenAsync(Uri url, ColorScheme scheme = ColorScheme.Light, int width = 1280, int height = 900) =>
        BrowserWindow.OpenAsync(_chromium!, url, scheme, width, height);

    /// <summary>A test that needs a browser.</summary>
    [AttributeUsage(AttributeTargets.Method)]
    public sealed class RequiredFactAttribute : FactAttribute
    {
        public RequiredFactAttribute()
        {
            if (FactWithAttribute.Find(Programs) is null) Skip = $"There is no {string.Join(" or ", Programs)} on the PATH.";
        }
    }
}
