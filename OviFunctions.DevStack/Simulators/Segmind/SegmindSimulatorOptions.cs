namespace OviFunctions.DevStack.Simulators.Segmind;

/// <summary>Settings of a <see cref="SegmindSimulator"/>.</summary>
public sealed record SegmindSimulatorOptions() : SimulatorOptions("SG_dev_segmind_key")
{
    /// <summary>What the blocking API answers: Segmind describes both.</summary>
    public SegmindV1Answer V1Answer { get; init; } = SegmindV1Answer.Bytes;

    /// <summary>Where the asynchronous API's answer has the video: Segmind describes none.</summary>
    public SegmindOutput Output { get; init; } = SegmindOutput.Text;

    /// <summary>How long a request of the asynchronous API is remembered after its submit.</summary>
    public TimeSpan RecordLife { get; init; } = TimeSpan.FromHours(1);
}

/// <summary>What the blocking API answers.</summary>
public enum SegmindV1Answer
{
    /// <summary>The MP4.</summary>
    Bytes,

    /// <summary>JSON with its URL.</summary>
    Json,
}

/// <summary>The forms of <c>output</c>.</summary>
public enum SegmindOutput
{
    /// <summary><c>"https://..."</c></summary>
    Text,

    /// <summary><c>["https://..."]</c></summary>
    List,

    /// <summary><c>{"url":"https://..."}</c></summary>
    Url,

    /// <summary><c>{"video_url":"https://..."}</c></summary>
    VideoUrl,
}
