using System.Text.Json;
using OviFunctions.Configuration;
using OviFunctions.Http;
using OviFunctions.Http.Egress;
using OviFunctions.Media;
using OviFunctions.Payments.X402;
using OviFunctions.Providers;

namespace OviFunctions.Jobs;

/// <summary>
/// Sora 2: a prompt, with an image as the first frame if there is one, becomes a clip of 4 to 20 seconds. The request is that of
/// the Daydreams listing, only <c>prompt</c> is required, and of ours <c>model</c>, <c>duration_policy</c>, <c>user</c> and
/// <c>webhook_url</c>. What it costs goes by variant, size and length.
/// </summary>
/// <remarks>
/// OpenAI shut the model and its API down on 2026-09-24 and named no successor. Others serve the same protocol: the model is sold
/// where an account of the type <see cref="ProviderType.OpenAiVideos"/> is configured, and nowhere else.
/// </remarks>
public sealed class Sora2(OviSettings settings, ImageIntake images, EgressGuard egress) : IVideoModel
{
    /// <summary>The variants.</summary>
    internal const string Standard = "sora-2";

    /// <inheritdoc cref="Standard"/>
    internal const string Pro = "sora-2-pro";

    /// <summary>Our name of the model.</summary>
    internal const string ModelName = "sora-2";

    internal static readonly string[] Variants = [Standard, Pro];

    private readonly OrderFields _common = new(images, egress);

    public string Name => ModelName;

    IReadOnlyList<string> IVideoModel.Variants => Variants;

    /// <summary>The route that sells it.</summary>
    public const string RouteTemplate = "v1/videos/sora-2/jobs";

    public string Route => RouteTemplate;

    public PaidResource Resource { get; } = Sora2Resource.Describe(settings, RouteTemplate);

    public string ImageField => "input_reference";

    public string NameOf(RequestFields field) => field switch
    {
        RequestFields.Image => ImageField,
        RequestFields.Variant => "model",
        RequestFields.Resolution => "size",
        var same => Codes.Of(same),
    };

    public string? WhyNotOffered => "OpenAI shut Sora 2 down on 2026-09-24, and no other server of its API is configured here.";

    public long PriceAtomic(VideoRequest? request) => request is null
        ? PriceOf(Standard, Sora2Size.Default, Sora2Length.Default)
        : PriceOf(request.Variant!, Sora2Size.Find(request.Resolution)!, request.Seconds!.Value);

    public long HighestPriceAtomic => Variants.Max(variant => Sora2Size.Of(variant).Max(size => PriceOf(variant, size, Sora2Length.All.Max())));

    private long PriceOf(string variant, Sora2Size size, int seconds) => Usdc.ToAtomic(settings.Prices.Sora2.PerSecondOf(variant, size) * seconds);

    public RequestNeeds NeedsOf(VideoRequest? request)
    {
        if (request is null) return new RequestNeeds(RequestFields.None, 0, $"{Sora2Size.Default}", Sora2Length.Default, Standard);
        var fields = request.IsTextOnly ? RequestFields.None : RequestFields.Image;
        if (request.Resolution != $"{Sora2Size.Default}") fields |= RequestFields.Resolution;
        if (request.Seconds != Sora2Length.Default) fields |= RequestFields.Seconds;
        return new RequestNeeds(fields, 0, request.Resolution, request.Seconds, request.Variant);
    }

    public Order Validate(ReadOnlyMemory<byte> source, JsonElement body)
    {
        var fields = new FieldReader(body);
        var prompt = OrderFields.Prompt(fields);
        var variant = ReadVariant(fields);
        var size = Sora2Size.Read(fields, variant);
        var seconds = Sora2Length.Read(fields);
        var image = _common.Image(fields, source, ImageField, required: false);
        var user = OrderFields.User(fields);
        var webhook = _common.Webhook(fields);
        fields.RefuseOthers();
        if (fields.Problems.Count > 0) return new Order(null, null, fields.Problems, []);

        var request = new VideoRequest
        {
            Prompt = prompt!,
            IsTextOnly = image is null,
            ImageUrl = (image as ImageSource.Remote)?.Url,
            ImageSize = image is null ? null : $"{size}",
            Resolution = $"{size}",
            NegativePrompt = "",
            AudioNegativePrompt = "",
            Steps = 0,
            Seed = 0,
            Seconds = seconds,
            Variant = variant,
            User = user,
            WebhookUrl = webhook,
        };
        return new Order(request, image, [], image is null ? [] : ["Sora 2 refuses images in which it sees a human face."]);
    }

    private static string ReadVariant(FieldReader fields)
    {
        var variant = fields.Text("model", 1, 64, Standard);
        if (variant is null || Variants.Contains(variant)) return variant ?? Standard;
        fields.Report("model", "one_of", $"model should be one of {string.Join(", ", Variants)}.");
        return Standard;
    }
}
