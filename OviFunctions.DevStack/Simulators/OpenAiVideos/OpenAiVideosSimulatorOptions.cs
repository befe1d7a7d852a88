namespace OviFunctions.DevStack.Simulators.OpenAiVideos;

/// <summary>Settings of an <see cref="OpenAiVideosSimulator"/>.</summary>
public sealed record OpenAiVideosSimulatorOptions() : SimulatorOptions("sk-dev-videos-key")
{
    /// <summary>The models, as OpenAI had them.</summary>
    public IReadOnlyList<OpenAiVideosModel> Models { get; init; } =
    [
        new("sora-2", ["720x1280", "1280x720"]),
        new("sora-2-pro", ["720x1280", "1280x720", "1024x1792", "1792x1024", "1080x1920", "1920x1080"]),
    ];

    /// <summary>How long pollers are asked to wait (<c>openai-poll-after-ms</c>).</summary>
    public TimeSpan PollAfter { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>How long a video can be downloaded after it was made.</summary>
    public TimeSpan ContentLife { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Where the project's webhooks go; there are none when null. Set up once, not with a job.</summary>
    public Uri? WebhookUrl { get; init; }

    /// <summary>What signs the webhooks.</summary>
    public string WebhookSecret { get; init; } = "whsec_ZGV2LXZpZGVvcy13ZWJob29rLXNlY3JldA==";
}

/// <summary>One model of the protocol.</summary>
/// <param name="Name">What callers name it.</param>
/// <param name="Sizes">What it makes, as <c>WIDTHxHEIGHT</c>.</param>
public sealed record OpenAiVideosModel(string Name, IReadOnlyList<string> Sizes)
{
    /// <summary>How long its videos are, as text.</summary>
    public IReadOnlyList<string> Seconds { get; init; } = ["4", "8", "12", "16", "20"];
}
