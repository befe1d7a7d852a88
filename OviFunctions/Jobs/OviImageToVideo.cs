using System.Security.Cryptography;
using System.Text.Json;
using OviFunctions.Configuration;
using OviFunctions.Http;
using OviFunctions.Http.Egress;
using OviFunctions.Media;
using OviFunctions.Media.Ffmpeg;
using OviFunctions.Payments.X402;
using OviFunctions.Providers;
using OviFunctions.Providers.Fal;

namespace OviFunctions.Jobs;

/// <summary>
/// OVI image-to-video: one image and a prompt become a five-second clip with sound. The request is that of the
/// Daydreams listing; only <c>prompt</c> and <c>image_url</c> are required, the rest has the listing's defaults.
/// </summary>
public sealed class OviImageToVideo(OviSettings settings, ImageIntake images, EgressGuard egress, FfmpegTool? ffmpeg = null) : IVideoModel
{
    private const string DefaultResolution = "992x512";
    private const string DefaultNegativePrompt = "jitter, bad hands, blur, distortion";
    private const string DefaultAudioNegativePrompt = "robotic, muffled, echo, distorted";
    private const int DefaultSteps = 30;
    private const long LargestSeed = 9_007_199_254_740_991;
    private const int MaxNegativePrompt = 2000;

    /// <summary>The sizes that can be asked for.</summary>
    internal static readonly string[] Resolutions = ["512x992", "992x512", "960x512", "512x960", "720x720", "448x1120", "1120x448"];

    /// <summary>The most steps that a job may have.</summary>
    private const int MaxSteps = 50;

    public string Name => "ovi/image-to-video";

    /// <summary>The route that sells it.</summary>
    public const string RouteTemplate = "v1/videos/ovi/image-to-video/jobs";

    public string Route => RouteTemplate;

    public PaidResource Resource { get; } = OviResource.Describe(settings, RouteTemplate);

    public IReadOnlyList<string> Warnings => ffmpeg is { IsAvailable: true } ? [] : [FitFields.NativeOnly];

    public long PriceAtomic(VideoRequest? request) => PriceOf(request?.Resolution ?? DefaultResolution, request?.Steps ?? DefaultSteps);

    public long HighestPriceAtomic => Resolutions.Max(resolution => PriceOf(resolution, MaxSteps));

    private long PriceOf(string resolution, int steps) => Usdc.ToAtomic(settings.Prices.OviImageToVideo
        + settings.Prices.OviImageToVideoSurcharges.Where(surcharge => surcharge.AppliesTo(resolution, steps)).Sum(surcharge => surcharge.Usdc));

    public RequestNeeds NeedsOf(VideoRequest? request)
    {
        if (request is null) return new RequestNeeds(RequestFields.Image, 0, DefaultResolution);
        // The resolution is not a provider's: it is the image's shape.
        var fields = RequestFields.Image;
        if (request.NegativePrompt != DefaultNegativePrompt) fields |= RequestFields.NegativePrompt;
        if (request.AudioNegativePrompt != DefaultAudioNegativePrompt) fields |= RequestFields.AudioNegativePrompt;
        if (request.Steps != DefaultSteps) fields |= RequestFields.Steps;
        if (request.FalOptions.Count > 0) fields |= RequestFields.Options;
        return new RequestNeeds(fields, request.Seed, request.Resolution);
    }

    public Order Validate(ReadOnlyMemory<byte> source, JsonElement body)
    {
        var fields = new FieldReader(body);
        var prompt = fields.Text("prompt", 1, 4000, requiredHint: "a text of 1 to 4000 characters that describes the video and its sound.");
        var image = ReadImage(fields, source);
        var resolution = fields.Text("resolution", 1, 20, DefaultResolution);
        if (resolution is not null && !Resolutions.Contains(resolution))
            fields.Report("resolution", "one_of", $"resolution should be one of {string.Join(", ", Resolutions)}.");
        var negative = fields.Text("negative_prompt", 0, MaxNegativePrompt, DefaultNegativePrompt);
        var audioNegative = fields.Text("audio_negative_prompt", 0, MaxNegativePrompt, DefaultAudioNegativePrompt);
        var steps = fields.Integer("num_inference_steps", 1, MaxSteps) ?? DefaultSteps;
        var seed = fields.Integer("seed", -LargestSeed, LargestSeed);
        var user = fields.Text("user", 0, 256);
        var webhook = ReadWebhook(fields);
        var imageFit = FitFields.Image(fields);
        var outputFit = FitFields.Output(fields);
        var options = ReadFalOptions(fields);
        CheckDuration(fields);
        fields.RefuseOthers();
        if (fields.Problems.Count > 0) return new Order(null, null, fields.Problems, []);

        var request = new VideoRequest
        {
            Prompt = prompt!,
            ImageUrl = (image as ImageSource.Remote)?.Url,
            Resolution = resolution!,
            ImageFit = imageFit,
            OutputFit = outputFit,
            NegativePrompt = negative!,
            AudioNegativePrompt = audioNegative!,
            Steps = (int)steps,
            // Ours fits every provider, so that any of them can make the same video again.
            Seed = seed ?? RandomNumberGenerator.GetInt32(int.MaxValue),
            User = user,
            WebhookUrl = webhook,
            FalOptions = options,
        };
        return new Order(request, image, [], WarningsOf(request, image!));
    }

    private ImageSource? ReadImage(FieldReader fields, ReadOnlyMemory<byte> source)
    {
        const string hint = "an https URL, a data URL or base64 of a PNG, JPEG or WebP.";
        if (fields.Find("image_url") is not { } value)
        {
            fields.Report("image_url", "required", $"image_url is missing: {hint}");
            return null;
        }

        if (value.ValueKind != JsonValueKind.String)
        {
            fields.Report("image_url", "type", $"image_url should be a string: {hint}");
            return null;
        }

        ReadOnlyMemory<byte> text;
        try
        {
            text = FieldReader.Utf8(source, value);
        }
        catch (InvalidOperationException)
        {
            fields.Report("image_url", "encoding", "image_url has a \\u escape that is half of a surrogate pair.");
            return null;
        }

        if (!ImageSource.TryParse(text, out var image, out var problem) || (problem = images.Check(image)) is not null)
        {
            fields.Report("image_url", Codes.Of(problem.Fault), $"image_url: {problem.Message}.");
            return null;
        }

        return image;
    }

    private string? ReadWebhook(FieldReader fields)
    {
        var url = fields.Text("webhook_url", 1, 2048);
        if (url is null || egress.TryParse(EgressPurpose.Webhook, url, out _, out var refused)) return url;
        fields.Report("webhook_url", "url", $"webhook_url: {refused.Message}.");
        return null;
    }

    private static IReadOnlyDictionary<string, string> ReadFalOptions(FieldReader fields)
    {
        var (allowed, problems) = FalJobOptions.Parse(fields.Find("fal_options") ?? default);
        foreach (var problem in problems)
        {
            if (problem.Key.Length == 0) fields.Report("fal_options", "type", problem.Text);
            else fields.Report($"fal_options/{FieldReader.EscapePointer(problem.Key)}", "option", $"\"{problem.Key}\" {problem.Text}");
        }

        return allowed;
    }

    /// <summary>The listing's own example sends <c>duration_seconds: 5</c>, which is not in its schema.</summary>
    private static void CheckDuration(FieldReader fields)
    {
        if (fields.Find("duration_seconds") is not { } value) return;
        var five = value.ValueKind switch
        {
            JsonValueKind.Number => value.TryGetDecimal(out var number) && number == 5,
            JsonValueKind.String => value.ValueEquals("5"),
            _ => false,
        };
        if (!five) fields.Report("duration_seconds", "not_offered", "OVI makes clips of 5 seconds; leave duration_seconds out, or send 5.");
    }

    private string[] WarningsOf(VideoRequest request, ImageSource image)
    {
        if (ffmpeg is { IsAvailable: true }) return [];
        images.Check(image, out var size);
        return FitFields.NativeSize(request, size) is { } warning ? [warning] : [];
    }
}
