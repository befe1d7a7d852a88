using System.Globalization;
using Azure.Storage.Blobs.Models;

namespace OviFunctions.Media;

/// <summary>A finished video in storage.</summary>
/// <param name="Blob">The blob's name in the container of videos.</param>
/// <param name="Bytes">Length in bytes.</param>
/// <param name="Sha256">SHA-256 of the content, lower-case hex.</param>
/// <param name="Info">What the MP4 says of itself.</param>
public sealed record StoredVideo(string Blob, long Bytes, string Sha256, Mp4Info Info)
{
    internal Dictionary<string, string> ToMetadata() => new()
    {
        ["sha256"] = Sha256,
        ["duration"] = Info.DurationSeconds.ToString("R", CultureInfo.InvariantCulture),
        ["width"] = Info.Width.ToString(CultureInfo.InvariantCulture),
        ["height"] = Info.Height.ToString(CultureInfo.InvariantCulture),
        ["fps"] = (Info.FramesPerSecond ?? 0).ToString("R", CultureInfo.InvariantCulture),
        ["audio"] = Info.HasAudio ? "true" : "false",
    };

    internal static StoredVideo From(string blob, BlobProperties properties)
    {
        var metadata = properties.Metadata;
        var fps = double.Parse(metadata["fps"], CultureInfo.InvariantCulture);
        return new StoredVideo(
            blob,
            properties.ContentLength,
            metadata["sha256"],
            new Mp4Info(
                double.Parse(metadata["duration"], CultureInfo.InvariantCulture),
                int.Parse(metadata["width"], CultureInfo.InvariantCulture),
                int.Parse(metadata["height"], CultureInfo.InvariantCulture),
                fps > 0 ? fps : null,
                metadata["audio"] == "true"));
    }
}

/// <summary>How storing a video ended.</summary>
public abstract record VideoResult
{
    private VideoResult() { }

    /// <summary>The video lies in storage: this one, or the one that was first under the name.</summary>
    public sealed record Stored(StoredVideo Video) : VideoResult;

    /// <summary>The video was not taken, and nothing was stored.</summary>
    public sealed record Refused(VideoProblem Problem) : VideoResult;
}

/// <summary>A stored video, open for reading; dispose it.</summary>
/// <param name="Video">What it is.</param>
/// <param name="ETag">The entity tag, with its quotes.</param>
/// <param name="LastModified">When it was stored.</param>
/// <param name="Content">
/// The bytes: seekable, read asynchronously only, fetched from the position on when the first byte is read. Made for
/// <c>Results.Stream(..., enableRangeProcessing: true)</c>, which answers Range, If-Range and HEAD with it.
/// </param>
public sealed record VideoContent(StoredVideo Video, string ETag, DateTimeOffset LastModified, Stream Content) : IDisposable
{
    public void Dispose() => Content.Dispose();
}
