using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using OviFunctions.Configuration;
using OviFunctions.Providers;
using OviFunctions.Providers.OpenAiVideos;
using OviFunctions.Tests.Support;
using OviFunctions.Webhooks;

namespace OviFunctions.Tests.Providers.OpenAiVideos;

/// <summary>An account at a server of the OpenAI Videos protocol that a test plays.</summary>
internal sealed class VideosAccount
{
    public const string Key = "sk-0123456789abcdef0123456789abcdef";

    public static readonly WebhookSecret Secret = WebhookSecret.FromBytes("the secret of the whole project"u8);

    public VideosAccount(params ProviderModelSettings[] models) : this(Secret, models) { }

    public VideosAccount(WebhookSecret? secret, params ProviderModelSettings[] models)
    {
        Options = new OpenAiVideosOptions
        {
            Name = "videos",
            Key = Key,
            BaseUrl = new Uri("https://videos.example.com/v1/"),
            WebhookSecret = secret,
            Models = OpenAiVideosModels.Of(new ProviderSettings { Models = [.. models] }),
        };
        Provider = new OpenAiVideosProvider(Options, new HttpClient(Server), Time, NullLogger<OpenAiVideosProvider>.Instance);
    }

    public OpenAiVideosOptions Options { get; }

    public ScriptedHandler Server { get; } = new();

    public ManualTimeProvider Time { get; } = new();

    public IVideoProvider Provider { get; }

    public static SubmitRequest Request { get; } = new(
        "sora-2", "A \"cat\" says\r\nhëllo.", null, "", "", 0, 0, new Dictionary<string, string>(), new Uri("https://ovi.example/v1/callbacks/videos/t0ken"))
    {
        Resolution = "720x1280", Seconds = 12, Variant = "sora-2",
    };

    /// <summary>A webhook of the project, signed now.</summary>
    public ProviderCallback Callback(string body)
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        var now = Time.GetUtcNow();
        return new ProviderCallback(
            new Dictionary<string, string>
            {
                [StandardWebhook.IdHeader] = "wh_1",
                [StandardWebhook.TimestampHeader] = now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture),
                [StandardWebhook.SignatureHeader] = StandardWebhook.Sign("wh_1", now, bytes, [Secret]),
            },
            bytes);
    }

    public static ProviderJob Job(string id = "video_1") => new(id, Model: "sora-2");
}
