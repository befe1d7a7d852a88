using OviFunctions.Http.Egress;
using OviFunctions.Webhooks;

namespace OviFunctions.Providers.OpenAiVideos;

/// <summary>One account at a server of the OpenAI Videos protocol.</summary>
internal sealed class OpenAiVideosOptions
{
    /// <summary>The account's name, for example <c>videos</c>.</summary>
    public required string Name { get; init; }

    /// <summary>The API key, sent as a bearer token and to <see cref="BaseUrl"/> only.</summary>
    public required string Key { get; init; }

    /// <summary>What <c>/videos</c> is added to, for example <c>https://videos.example.com/v1</c>.</summary>
    public required Uri BaseUrl { get; init; }

    /// <summary>What the server makes.</summary>
    public required OpenAiVideosModels Models { get; init; }

    /// <summary>Signs the webhooks of the account's project; null when none are taken.</summary>
    public WebhookSecret? WebhookSecret { get; init; }

    /// <summary>How long a submit may take, the upload of the image included, before its outcome counts as unknown.</summary>
    public TimeSpan SubmitTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long any other call may take.</summary>
    public TimeSpan ReadTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How long it may take to read a video to its end.</summary>
    public TimeSpan ContentTimeout { get; init; } = EgressPolicy.For(EgressPurpose.ProviderMedia).TotalTimeout;
}
