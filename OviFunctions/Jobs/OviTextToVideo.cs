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
/// OVI text-to-video: a prompt alone becomes a five-second clip with sound. The request is that of OVI image-to-video without
/// the image; here the resolution is the provider's to make.
/// </summary>
public sealed class OviTextToVideo(OviSettings settings, ImageIntake images, EgressGuard egress, FfmpegTool? ffmpeg = null) : IVideoModel
{
    private readonly OrderFields _common = new(images, egress);

    public string Name => "ovi/text-to-video";

    /// <summary>The route that sells it.</summary>
    public const string RouteTemplate = "v1/videos/ovi/text-to-video/jobs";

    public string Route => RouteTemplate;

    public PaidResource Resource { get; } = OviResource.TextToVideo(settings, RouteTemplate);

    public long PriceAtomic(VideoRequest? request) => OviFields.PriceOf(request, settings.Prices.OviTextToVideo, settings.Prices.OviTextToVideoSurcharges);

    public long HighestPriceAtomic => OviFields.HighestPriceOf(settings.Prices.OviTextToVideo, settings.Prices.OviTextToVideoSurcharges);

    public RequestNeeds NeedsOf(VideoRequest? request) => OviFields.NeedsOf(
        request, request is null or { Resolution: OviFields.DefaultResolution } ? RequestFields.None : RequestFields.Resolution);

    public Order Validate(ReadOnlyMemory<byte> source, JsonElement body)
    {
        var fields = new FieldReader(body);
        var request = OviFields.Read(fields, _common, settings.Jobs.PassUnknownFalOptions) with { IsTextOnly = true };
        fields.RefuseOthers();
        return fields.Problems.Count > 0
            ? new Order(null, null, fields.Problems, [])
            : new Order(request, null, [], [.. Warnings(request), .. OviPrompt.WarningsOf(request)]);
    }

    private string[] Warnings(VideoRequest request)
    {
        if (ffmpeg is { IsAvailable: true } && request.OutputFit == OutputFit.Exact) return [];
        // OVI's own code snaps the size of a text's clip as that of an image's.
        var size = OviClipSize.Of(PixelSize.Parse(request.Resolution)).ToString();
        return size == request.Resolution ? [] : [$"OVI rounds sizes: for {request.Resolution} it makes {size}; assets[].resolution has the real size."];
    }
}
