using System.Text.Json;
using OviFunctions.Configuration;
using OviFunctions.Http.Egress;
using OviFunctions.Jobs.Prompts;
using OviFunctions.Media;
using OviFunctions.Media.Ffmpeg;
using OviFunctions.Payments.X402;
using OviFunctions.Providers;

namespace OviFunctions.Jobs;

/// <summary>
/// OVI image-to-video: one image and a prompt become a five-second clip with sound. The request is that of the
/// Daydreams listing; only <c>prompt</c> and <c>image_url</c> are required, the rest has the listing's defaults.
/// </summary>
public sealed class OviImageToVideo(OviSettings settings, ImageIntake images, EgressGuard egress, FfmpegTool? ffmpeg = null) : IVideoModel
{
    private readonly OrderFields _common = new(images, egress);

    public string Name => "ovi/image-to-video";

    /// <summary>The route that sells it.</summary>
    public const string RouteTemplate = "v1/videos/ovi/image-to-video/jobs";

    public string Route => RouteTemplate;

    public PaidResource Resource { get; } = OviResource.ImageToVideo(settings, RouteTemplate);

    public IReadOnlyList<string> Warnings => ffmpeg is { IsAvailable: true } ? [] : [FitFields.NativeOnly];

    public long PriceAtomic(VideoRequest? request) => OviFields.PriceOf(request, settings.Prices.OviImageToVideo, settings.Prices.OviImageToVideoSurcharges);

    public long HighestPriceAtomic => OviFields.HighestPriceOf(settings.Prices.OviImageToVideo, settings.Prices.OviImageToVideoSurcharges);

    // The resolution is not a provider's: it is the image's shape.
    public RequestNeeds NeedsOf(VideoRequest? request) => OviFields.NeedsOf(request, RequestFields.Image);

    public Order Validate(ReadOnlyMemory<byte> source, JsonElement body)
    {
        var fields = new FieldReader(body);
        var request = OviFields.Read(fields, _common, settings.Jobs.PassUnknownFalOptions) with { ImageFit = FitFields.Image(fields) };
        var image = _common.Image(fields, source, "image_url", required: true);
        fields.RefuseOthers();
        if (fields.Problems.Count > 0) return new Order(null, null, fields.Problems, []);

        return new Order(
            request with { ImageUrl = (image as ImageSource.Remote)?.Url }, image, [], [.. WarningsOf(request, image!), .. OviPrompt.WarningsOf(request)]);
    }

    private string[] WarningsOf(VideoRequest request, ImageSource image)
    {
        if (ffmpeg is { IsAvailable: true }) return [];
        images.Check(image, out var size);
        return FitFields.NativeSize(request, size) is { } warning ? [warning] : [];
    }
}
