namespace OviFunctions.Media.Ffmpeg;

/// <summary>How a run of ffmpeg ended.</summary>
internal enum FfmpegEnd
{
    Done,

    /// <summary>As many processes as may run were running, for as long as it could wait; or the machine could not start another one.</summary>
    Busy,

    /// <summary>There is no ffmpeg (any more).</summary>
    NotStarted,

    /// <summary>It said no: it ended with another code than 0, or by a signal.</summary>
    Failed,

    /// <summary>It was killed because it took too long.</summary>
    TimedOut,
}

/// <param name="End">How it ended.</param>
/// <param name="Error">The first of what it wrote to standard error. Names what is in a stranger's file: for the log, cut.</param>
internal sealed record FfmpegResult(FfmpegEnd End, string Error);
