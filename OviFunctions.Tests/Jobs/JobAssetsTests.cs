using System.Text.Json;
using System.Web;
using OviFunctions.Http;
using OviFunctions.Jobs;
using OviFunctions.Media;
using OviFunctions.Secrets;
using OviFunctions.Tests.Secrets;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Jobs;

/// <summary>The files of a finished job as its buyer sees them.</summary>
public sealed class JobAssetsTests
{
    private static readonly VideoAsset Finished = JobSamples.Video with
    {
        File = new StoredVideo("exact/0.mp4", 100, new string('e', 64), new Mp4Info(5, 448, 1120, 24, true)),
        Original = JobSamples.Video.File,
        Poster = new ImageInfo("posters/0.jpg", "image/jpeg", 448, 1120, 50, new string('f', 64)),
    };

    private readonly JobSecrets _secrets = new(KeyRingTests.Of("k1"));

    [Fact]
    public void Assets_FinishedVideo_AreVideoOriginalAndPosterWithLinksOfTheirOwn()
    {
        var assets = Assets("448x1120", OutputFit.Exact, Finished);

        Assert.Equal(
            ["video video/mp4 100 e 448x1120 5 True", "original video/mp4 1234567 c 992x512 5.042 True", "poster image/jpeg 50 f 448x1120  "],
            assets.Select(asset => string.Create(System.Globalization.CultureInfo.InvariantCulture,
                $"{asset.Id} {asset.MimeType} {asset.Bytes} {asset.Sha256[0]} {asset.Resolution} {asset.DurationSeconds} {asset.HasAudio}")));
        foreach (var asset in assets)
        {
            var query = HttpUtility.ParseQueryString(asset.Url.Query);
            Assert.Equal(asset.Id == "video" ? null : asset.Id, query["asset"]);
            Assert.All(assets, other => Assert.Equal(
                other.Id == asset.Id, _secrets.IsLink(query["e"], query["k"], query["s"], JobSamples.KeyJobId, other.Id, DateTimeOffset.FromUnixTimeSeconds(asset.ExpiresAt - 1))));
        }

        Assert.All(assets, asset => Assert.Null(asset.Note));
    }

    [Theory]
    [InlineData("992x512", OutputFit.Exact, false)]
    [InlineData("448x1120", OutputFit.Native, false)]
    [InlineData("448x1120", OutputFit.Exact, true)]
    public void Assets_OnlyTheProvidersVideo_SaysSoWhenItIsNotWhatWasAskedFor(string resolution, OutputFit fit, bool noted)
    {
        var asset = Assert.Single(Assets(resolution, fit, JobSamples.Video));

        Assert.Equal(("video", noted), (asset.Id, asset.Note?.Contains(resolution, StringComparison.Ordinal) ?? false));
    }

    [Fact]
    public void Params_ShowHowItIsFitted()
    {
        var job = JobSamples.KeyJob with { Request = JobSamples.Request with { ImageFit = ImageFit.Pad } };
        var shown = JsonSerializer.SerializeToElement(Resources.Make(job, new JobStatus()), ApiJson.Options).GetProperty("params");

        Assert.Equal(("pad", "exact"), (shown.GetProperty("image_fit").GetString(), shown.GetProperty("output_fit").GetString()));
    }

    private JobResources Resources => new(TestSettings.Read(), _secrets, new ManualTimeProvider());

    private IReadOnlyList<AssetResource> Assets(string resolution, OutputFit fit, VideoAsset video) => Resources.Make(
        JobSamples.KeyJob with { Request = JobSamples.Request with { Resolution = resolution, OutputFit = fit } },
        new JobStatus { State = JobState.Succeeded, Outcome = JobOutcome.Delivered, CompletedAt = JobSamples.CreatedAt, Video = video }).Assets;
}
