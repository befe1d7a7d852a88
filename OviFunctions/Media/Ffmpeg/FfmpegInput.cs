namespace OviFunctions.Media.Ffmpeg;

/// <summary>
/// A file of a stranger's as ffmpeg is told to read it. Left to itself, ffmpeg guesses the format from the content, and a playlist
/// (HLS, concat, DASH) that calls itself a picture makes it open what the playlist names. So the demuxer is the one of the kind that we
/// found in the file, only the decoders of that kind may run, and nothing but the file may be opened.
/// </summary>
/// <param name="Demuxer">Reads the container; no other one is tried.</param>
/// <param name="Decoders">The decoders that may run.</param>
internal sealed record FfmpegInput(string Demuxer, string Decoders)
{
    public static FfmpegInput Video { get; } = new("mov", "h264,hevc,mpeg4,vp9,libvpx-vp9,av1,libdav1d,aac,mp3,mp3float,opus,libopus,ac3,flac,alac");

    /// <param name="mediaType">The image's kind, by its content.</param>
    public static FfmpegInput Image(string mediaType) => mediaType switch
    {
        "image/png" => new("png_pipe", "png"),
        "image/jpeg" => new("jpeg_pipe", "mjpeg"),
        "image/webp" => new("webp_pipe", "webp"),
        _ => throw new ArgumentOutOfRangeException(nameof(mediaType), mediaType, "Not a kind of image that is taken in."),
    };

    /// <summary>The options that end with the file. An MP4 may name other files for its tracks (<c>dref</c>); they are not opened.</summary>
    public string[] Arguments(string fileName, int threads) =>
    [
        "-protocol_whitelist", "file,pipe", "-f", Demuxer, "-codec_whitelist", Decoders, "-max_pixels", Text(ImageLimits.MaxPixels), "-threads", Text(threads),
        .. Demuxer == "mov" ? (string[])["-enable_drefs", "0", "-use_absolute_path", "0"] : [],
        "-noautorotate", "-i", "file:" + fileName,
    ];

    private static string Text(int number) => number.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
