using System.Security.Cryptography;
using Microsoft.Playwright;
using OviFunctions.DevStack;
using OviFunctions.DevStack.Installation;
using OviFunctions.DevStack.Simulators;
using OviFunctions.Tests.EndToEnd.Support;
using static Microsoft.Playwright.Assertions;

namespace OviFunctions.Tests.EndToEnd;

/// <summary>The page at <c>/</c>, used in Chromium as a customer uses it.</summary>
public sealed class PageTests(GatewayFixture fixture, Browser browser)
    : GatewayTest(fixture.Gateway), IClassFixture<GatewayFixture>, IClassFixture<Browser>
{
    private static readonly string Picture = Path.Combine(RepositoryFolders.Root, "OviFunctions.DevStack", "Demo", "sample.jpg");

    [Browser.RequiredFact]
    public async Task Order_ImagePromptAndKey_FollowsTheJobAndPlaysTheVideo()
    {
        Stack.Fal.Faults.ForPrompt(Prompt, new SimulatorFault { ProcessingMilliseconds = 2500 });
        await using var window = await browser.OpenAsync(Gateway.Process.Url);
        var page = window.Page;
        await window.PhotographAsync("page-empty");

        await FillAsync(page, GatewaySettings.ApiKey);
        await Expect(page.GetByAltText("The chosen image")).ToBeVisibleAsync();
        await Button(page).ClickAsync();

        await Expect(Steps(page)).ToContainTextAsync(["Order accepted"]);
        await Expect(Button(page)).ToBeDisabledAsync();
        await Expect(Video(page)).ToBeHiddenAsync();
        await Expect(Steps(page)).ToContainTextAsync(["Order accepted", "Rendering", "Sent to fal"]);
        await window.PhotographAsync("page-working");
        await Expect(Steps(page)).ToContainTextAsync(["Order accepted", "Rendering", "Sent to fal", "Stored and ready"]);
        await Expect(Video(page)).ToBeVisibleAsync();
        await Expect(Button(page)).ToBeEnabledAsync();

        await AssertPlaysAsync(page);
        await window.PhotographAsync("page");
        await AssertDownloadsAsync(page);
        Assert.Empty(window.Complaints);
    }

    [Browser.RequiredFact]
    public async Task Order_WrongKey_SaysSoAndLetsTryAgain()
    {
        await using var window = await browser.OpenAsync(Gateway.Process.Url);
        await FillAsync(window.Page, "ovi_wrong");
        await Button(window.Page).ClickAsync();

        await Expect(Problem(window.Page)).ToContainTextAsync("The API key is not known, switched off or expired.");
        await Expect(Problem(window.Page)).ToContainTextAsync("Send a valid key as Authorization: Bearer");
        await Expect(Button(window.Page)).ToBeEnabledAsync();
        Assert.All(window.Complaints, complaint => Assert.Contains("401", complaint, StringComparison.Ordinal)); // Chromium's own note

        await window.Page.GetByLabel("API key").FillAsync(GatewaySettings.ApiKey);
        await Button(window.Page).ClickAsync();
        await Expect(Video(window.Page)).ToBeVisibleAsync();
        await Expect(Problem(window.Page)).ToBeHiddenAsync();
    }

    [Browser.RequiredFact]
    public async Task Order_NoImage_ShowsThePointerAndTheText()
    {
        await using var window = await browser.OpenAsync(Gateway.Process.Url);
        await FillAsync(window.Page, GatewaySettings.ApiKey);
        await window.Page.GetByLabel("Image", new() { Exact = true }).SetInputFilesAsync(
            new FilePayload { Name = "image.png", MimeType = "image/png", Buffer = "This is a text."u8.ToArray() });
        await Button(window.Page).ClickAsync();

        await Expect(Problem(window.Page).Locator("code")).ToHaveTextAsync("/image_url");
        await Expect(Problem(window.Page).GetByRole(AriaRole.Listitem)).ToContainTextAsync("PNG, JPEG or WebP");
        await window.PhotographAsync("page-problem");
        Assert.Equal(0, SubmitsAt(Stack.Fal));
    }

    [Browser.RequiredFact]
    public async Task Order_ProviderRefuses_ShowsWhy()
    {
        Stack.Fal.Faults.ForPrompt(Prompt, new SimulatorFault { Outcome = SimulatedOutcome.ContentPolicy });
        Stack.SecondFal.Faults.ForPrompt(Prompt, new SimulatorFault { Outcome = SimulatedOutcome.ContentPolicy });
        await using var window = await browser.OpenAsync(Gateway.Process.Url);
        await FillAsync(window.Page, GatewaySettings.ApiKey);
        await Button(window.Page).ClickAsync();

        await Expect(Problem(window.Page)).ToContainTextAsync("The job failed.");
        await Expect(Problem(window.Page)).ToContainTextAsync("content policy refused the prompt or the image");
        await Expect(Steps(window.Page).Last).ToContainTextAsync("fal-2 could not make it");
        await Expect(Video(window.Page)).ToBeHiddenAsync();
        Assert.Empty(window.Complaints);
    }

    [Browser.RequiredFact]
    public async Task Order_WhoseAnswerIsLost_IsTheSameOrderWhenSentAgain()
    {
        await using var window = await browser.OpenAsync(Gateway.Process.Url);
        await FillAsync(window.Page, GatewaySettings.ApiKey);
        var lost = await LoseNextAnswerAsync(window.Page);
        await Button(window.Page).ClickAsync();
        await Expect(Problem(window.Page)).ToContainTextAsync("The gateway could not be reached.");
        Assert.Equal(202, await lost.WaitAsync(Soon));

        await Button(window.Page).ClickAsync();

        await Expect(Video(window.Page)).ToBeVisibleAsync();
        Assert.Equal(1, SubmitsAt(Stack.Fal));
    }

    [Browser.RequiredFact]
    public async Task Page_OnAPhoneInTheDark_FitsItsWidth()
    {
        await using var window = await browser.OpenAsync(Gateway.Process.Url, ColorScheme.Dark, width: 360, height: 740);
        await FillAsync(window.Page, GatewaySettings.ApiKey);
        await Button(window.Page).ClickAsync();
        await Expect(Video(window.Page)).ToBeVisibleAsync();
        if (await HasCodecAsync(window.Page)) await VideoIsAsync(window.Page, "readyState > 1");

        Assert.Equal(360, await window.Page.EvaluateAsync<int>("document.documentElement.scrollWidth"));
        await window.PhotographAsync("page-phone-dark");
        Assert.Empty(window.Complaints);
    }

    [Fact]
    public async Task Page_Policy_AllowsNothingButItsOwnScriptAndStyle()
    {
        var answer = await Shop.GetAsync("/");

        Assert.Equal((200, "text/html; charset=utf-8", "nosniff"), (answer.Status, answer.Header("Content-Type"), answer.Header("X-Content-Type-Options")));
        var policy = answer.Header("Content-Security-Policy")!;
        Assert.StartsWith("default-src 'none'; script-src 'sha256-", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
        Assert.Contains("frame-ancestors 'none'", policy, StringComparison.Ordinal);
    }

    /// <summary>Fills the form as people do, by its labels.</summary>
    private async Task FillAsync(IPage page, string apiKey)
    {
        await page.GetByLabel("Image", new() { Exact = true }).SetInputFilesAsync(Picture);
        await page.GetByLabel("Prompt").FillAsync(Prompt);
        await page.GetByLabel("API key").FillAsync(apiKey);
    }

    private static ILocator Button(IPage page) => page.GetByRole(AriaRole.Button, new() { Name = "Make the video" });

    private static ILocator Steps(IPage page) => page.Locator("#timeline li");

    private static ILocator Video(IPage page) => page.Locator("video");

    private static ILocator Problem(IPage page) => page.GetByRole(AriaRole.Alert);

    /// <summary>Presses play. A Chromium without H.264 can only show that the file is there.</summary>
    private async Task AssertPlaysAsync(IPage page)
    {
        if (!await HasCodecAsync(page))
        {
            var file = await Shop.GetAsync(new Uri(await page.EvaluateAsync<string>("document.querySelector('video').src")).PathAndQuery);
            Assert.Equal((200, "video/mp4"), (file.Status, file.Header("Content-Type")));
            return;
        }

        await VideoIsAsync(page, "videoWidth > 0");
        Assert.Equal(992, await page.EvaluateAsync<int>("document.querySelector('video').videoWidth"));
        Assert.InRange(await page.EvaluateAsync<double>("document.querySelector('video').duration"), 4.9, 5.2);
        await page.EvaluateAsync("document.querySelector('video').play()");
        await VideoIsAsync(page, "currentTime > 0.3");
    }

    private static Task<bool> HasCodecAsync(IPage page) =>
        page.EvaluateAsync<bool>("document.querySelector('video').canPlayType('video/mp4; codecs=\"avc1.42E01E, mp4a.40.2\"') !== ''");

    // Not WaitForFunctionAsync: it evaluates text in the page, which the page's policy forbids.
    private static Task VideoIsAsync(IPage page, string condition) =>
        Eventually.TrueAsync(() => page.EvaluateAsync<bool>($"document.querySelector('video').{condition}"));

    private static async Task AssertDownloadsAsync(IPage page)
    {
        var download = await page.RunAndWaitForDownloadAsync(() => page.GetByRole(AriaRole.Link, new() { Name = "Download the MP4" }).ClickAsync());
        Assert.Matches("^job_[a-z2-7]{36}\\.mp4$", download.SuggestedFilename);
        await using var file = await download.CreateReadStreamAsync();
        await Expect(page.Locator("dl")).ToContainTextAsync(Convert.ToHexStringLower(await SHA256.HashDataAsync(file)));
    }

    /// <summary>Lets the next order reach the gateway and cuts the connection before its answer; gives the answer's status.</summary>
    private static async Task<Task<int>> LoseNextAnswerAsync(IPage page)
    {
        var lost = new TaskCompletionSource<int>();
        await page.RouteAsync("**" + Shop.JobsPath, async route =>
        {
            var answer = await route.FetchAsync();
            await route.AbortAsync();
            lost.SetResult(answer.Status);
        }, new() { Times = 1 });
        return lost.Task;
    }
}
