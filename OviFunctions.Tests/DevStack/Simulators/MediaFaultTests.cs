using System.Net;
using OviFunctions.DevStack.Simulators;
using OviFunctions.Providers;

namespace OviFunctions.Tests.DevStack.Simulators;

/// <summary>The faults of video files that all simulators share, at fal's.</summary>
public sealed class MediaFaultTests
{
    [Fact]
    public async Task Expired_OneURL_IsDeadForEverAndTheNextOneWorks()
    {
        await using var stage = await FalStage.OpenAsync();
        stage.Fal.Faults.ForNext(new SimulatorFault { Media = MediaFault.Expired, MediaFailures = 1 });
        var job = await stage.SubmitAsync();

        var first = await UrlAsync(stage, job);
        Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync(stage, first));
        Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync(stage, first));

        Assert.Equal(HttpStatusCode.OK, await StatusAsync(stage, await UrlAsync(stage, job)));
    }

    [Fact]
    public async Task Expired_ByDefault_IsEveryUrl()
    {
        await using var stage = await FalStage.OpenAsync();
        stage.Fal.Faults.ForNext(new SimulatorFault { Media = MediaFault.Expired });
        var job = await stage.SubmitAsync();

        Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync(stage, await UrlAsync(stage, job)));
        Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync(stage, await UrlAsync(stage, job)));
    }

    [Fact]
    public async Task ForeignHost_OneUrl_IsNobodysAndTheNextOneWorks()
    {
        await using var stage = await FalStage.OpenAsync();
        stage.Fal.Faults.ForNext(new SimulatorFault { Media = MediaFault.ForeignHost, MediaFailures = 1 });
        var job = await stage.SubmitAsync();

        Assert.Equal("files.example.invalid", (await UrlAsync(stage, job)).Host);
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(stage, await UrlAsync(stage, job)));
    }

    [Fact]
    public async Task PrivateRedirect_Always_NamesTheCloudsCredentials()
    {
        await using var stage = await FalStage.OpenAsync();
        stage.Fal.Faults.ForNext(new SimulatorFault { Media = MediaFault.PrivateRedirect });

        using var answer = await stage.Http.GetAsync(await UrlAsync(stage, await stage.SubmitAsync()));

        Assert.Equal((HttpStatusCode.Found, "169.254.169.254"), (answer.StatusCode, answer.Headers.Location!.Host));
    }

    [Fact]
    public async Task TooLarge_Always_GoesOnAfterTheVideoUntilTheReaderStops()
    {
        await using var stage = await FalStage.OpenAsync();
        stage.Fal.Faults.ForNext(new SimulatorFault { Media = MediaFault.TooLarge });

        using var answer = await stage.Http.GetAsync(await UrlAsync(stage, await stage.SubmitAsync()), HttpCompletionOption.ResponseHeadersRead);
        await using var body = await answer.Content.ReadAsStreamAsync();
        var clip = await File.ReadAllBytesAsync(ClipMaker.CommittedClip);
        var read = new byte[clip.Length + 1_000_000];
        await body.ReadExactlyAsync(read);

        Assert.Equal(2L << 30, answer.Content.Headers.ContentLength);
        Assert.Equal(clip, read[..clip.Length]);
        Assert.DoesNotContain(read[clip.Length..], b => b != 0);
    }

    private static async Task<Uri> UrlAsync(FalStage stage, ProviderJob job) =>
        new(Assert.IsType<ReadResult.Succeeded>(await stage.ReadWhenCompletedAsync(job)).Video.Url!);

    private static async Task<HttpStatusCode> StatusAsync(FalStage stage, Uri url)
    {
        using var answer = await stage.Http.GetAsync(url);
        return answer.StatusCode;
    }
}
