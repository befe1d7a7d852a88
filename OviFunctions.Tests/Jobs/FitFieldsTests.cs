using System.Text.Json;
using OviFunctions.Jobs;
using OviFunctions.Media;
using OviFunctions.Media.Ffmpeg;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Jobs;

public sealed class FitFieldsTests
{
    [Theory]
    [InlineData("""{}""", ImageFit.Crop, OutputFit.Exact)]
    [InlineData("""{"image_fit":null,"output_fit":null}""", ImageFit.Crop, OutputFit.Exact)]
    [InlineData("""{"image_fit":"pad","output_fit":"native"}""", ImageFit.Pad, OutputFit.Native)]
    [InlineData("""{"image_fit":"crop","output_fit":"exact"}""", ImageFit.Crop, OutputFit.Exact)]
    public void Read_Choice_IsTaken(string body, ImageFit image, OutputFit output)
    {
        var fields = new FieldReader(JsonElement.Parse(body));

        Assert.Equal((image, output), (FitFields.Image(fields), FitFields.Output(fields)));
        Assert.Empty(fields.Problems);
    }

    [Theory]
    [InlineData("\"Pad\"", "one_of")]
    [InlineData("\"1\"", "one_of")]
    [InlineData("1", "type")]
    [InlineData("\"\"", "length")]
    public void Read_SomethingElse_IsNamed(string value, string code)
    {
        var fields = new FieldReader(JsonElement.Parse($$"""{"image_fit":{{value}}}"""));

        FitFields.Image(fields);

        Assert.Equal(("/image_fit", code), (fields.Problems[0].Where, fields.Problems[0].Code));
    }

    [Theory]
    [InlineData("448x1120", "448x1120", "448x1152")]
    [InlineData("720x720", null, "704x704")]
    [InlineData("960x512", "1920x1080", "960x544")]
    [InlineData("992x512", "992x512", null)] // what comes out is what was asked for
    public void NativeSize_NamesWhatComesOut(string asked, string? image, string? clip)
    {
        var warning = FitFields.NativeSize(JobSamples.Request with { Resolution = asked }, image is null ? null : PixelSize.Parse(image));

        Assert.Equal(clip is not null, warning is not null);
        if (clip is not null) Assert.Contains($"clip of {clip}", warning, StringComparison.Ordinal);
    }

    [FactWith("ffmpeg")]
    public void Model_WithFfmpeg_HasNothingToWarnOf()
    {
        using var ffmpeg = new FfmpegTool(TestSettings.Read(), TimeProvider.System);
        var body = """{"prompt":"<S>x<E>","resolution":"448x1120","image_url":"https://example.com/a.png","image_fit":"pad"}"""u8.ToArray();
        var model = new OviImageToVideo(TestSettings.Read(), JobSamples.NewIntake(), JobSamples.NewGuard(), ffmpeg);
        var without = new OviImageToVideo(TestSettings.Read(), JobSamples.NewIntake(), JobSamples.NewGuard());

        Assert.Empty(model.Warnings);
        Assert.Empty(model.Validate(body, JsonElement.Parse(body)).Warnings);
        Assert.Contains("704x704", Assert.Single(without.Warnings), StringComparison.Ordinal);
        Assert.Contains("448x1152", Assert.Single(without.Validate(body, JsonElement.Parse(body)).Warnings), StringComparison.Ordinal);
        Assert.Equal(ImageFit.Pad, without.Validate(body, JsonElement.Parse(body)).Request!.ImageFit);
    }
}
