using Microsoft.Extensions.Logging.Abstractions;
using OviFunctions.Configuration;
using OviFunctions.Providers;
using OviFunctions.Providers.OpenAiVideos;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Providers.OpenAiVideos;

/// <summary>An account at a server of the OpenAI Videos protocol that a test plays.</summary>
internal sealed class VideosAccount
{
    public const string Key = "sk-0123456789abcdef0123456789abcdef";

    public VideosAccount(params ProviderModelSettings[] models)
    {
        Options = new OpenAiVideosOptions
        {
            Name = "videos",
            Key = Key,
            BaseUrl = new Uri("https://videos.example.com/v1/"),
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

    public static ProviderJob Job(string id = "video_1") => new(id, Model: "sora-2");
}
