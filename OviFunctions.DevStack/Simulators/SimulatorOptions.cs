namespace OviFunctions.DevStack.Simulators;

/// <summary>What every simulated provider can be told.</summary>
public abstract record SimulatorOptions
{
    /// <param name="key">The key that callers must have, if they are not told another.</param>
    private protected SimulatorOptions(string key) => Key = key;

    /// <summary>The port on 127.0.0.1; any free one when 0.</summary>
    public int Port { get; init; }

    /// <summary>Where its media are fetched, when something stands in between; its own address when null.</summary>
    public Uri? MediaUrl { get; init; }

    /// <summary>The key that callers must have.</summary>
    public string Key { get; init; }

    /// <summary>How long a job waits in the queue.</summary>
    public TimeSpan QueueTime { get; init; } = TimeSpan.Zero;

    /// <summary>How long a job is in progress, besides what the video takes to make.</summary>
    public TimeSpan ProcessingTime { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>How many jobs are in progress at once; the others wait in the queue.</summary>
    public int Concurrency { get; init; } = 40;

    /// <summary>Whether a video is made for each job; otherwise every job has the same committed clip.</summary>
    public bool RenderClips { get; init; } = true;

    /// <summary>When an image whose download broke off, took too long, or was answered with a 5xx, is fetched again; what providers do is not documented.</summary>
    public IReadOnlyList<TimeSpan> DownloadRetryDelays { get; init; } = [];

    /// <summary>When an undelivered webhook is sent again. Providers wait longer: fal up to 31 times in about an hour.</summary>
    public IReadOnlyList<TimeSpan> WebhookRetryDelays { get; init; } = [.. Enumerable.Repeat(TimeSpan.FromMilliseconds(200), 10)];

    /// <summary>How long a receiver may take; fal gives the first attempt 15 seconds.</summary>
    public TimeSpan WebhookTimeout { get; init; } = TimeSpan.FromSeconds(15);
}
