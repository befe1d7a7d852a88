namespace OviFunctions.Media;

/// <summary>What an MP4 says of itself. It has a video track, or it would not have been accepted.</summary>
/// <param name="DurationSeconds">Length of the movie (mvhd).</param>
/// <param name="Width">Pixels (tkhd of the first video track).</param>
/// <param name="Height">Pixels (tkhd of the first video track).</param>
/// <param name="FramesPerSecond">Mean frame rate (stts); null when the track does not say.</param>
/// <param name="HasAudio">Whether there is a sound track with samples.</param>
public sealed record Mp4Info(double DurationSeconds, int Width, int Height, double? FramesPerSecond, bool HasAudio);

/// <summary>What is wrong with a video.</summary>
public enum VideoFault
{
    /// <summary>Something else: HTML, JSON, another container.</summary>
    NotMp4,

    /// <summary>The file ends inside a box, or before its index or its media data.</summary>
    Truncated,

    /// <summary>No video track with frames.</summary>
    NoVideo,

    /// <summary>A fragmented MP4: its index says neither length nor frames.</summary>
    Fragmented,

    /// <summary>Boxes that contradict each other or the specification.</summary>
    Malformed,

    /// <summary>Over the size that the caller allows.</summary>
    TooLarge,

    /// <summary>The stream broke before its end; the same video may be whole next time.</summary>
    SourceBroken,
}

/// <summary>A video that is not taken.</summary>
/// <param name="Fault">The reason.</param>
/// <param name="Message">The same in words, for the operator.</param>
public sealed record VideoProblem(VideoFault Fault, string Message);
