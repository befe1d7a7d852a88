using System.Buffers.Binary;

namespace OviFunctions.Media;

/// <summary>
/// Reads the body of a moov box: length, tracks, size, frame rate. Only fixed paths are followed, so nesting cannot
/// run deep.
/// </summary>
internal static class Mp4Index
{
    private const uint Vide = 0x76696465; // "vide"
    private const uint Soun = 0x736F756E; // "soun"

    /// <summary>The video that the index describes, or why it describes none.</summary>
    public static (Mp4Info? Video, VideoProblem? Problem) Read(ReadOnlySpan<byte> moov)
    {
        double? duration = null;
        Track? video = null;
        var hasAudio = false;
        var boxes = new Boxes(moov);
        while (boxes.Next())
        {
            if (boxes.Is("mvex"u8)) return Refused(VideoFault.Fragmented, "the MP4 is fragmented (mvex); a progressive one is needed");
            if (boxes.Is("mvhd"u8) && ReadTimes(boxes.Body) is { Scale: > 0, Length: > 0 } times)
                duration = times.Length / (double)times.Scale;
            if (!boxes.Is("trak"u8)) continue;

            var track = ReadTrack(boxes.Body);
            if (track.Kind == Vide && track.Samples > 0) video ??= track;
            hasAudio |= track.Kind == Soun && track.Samples > 0;
        }

        if (boxes.Broken) return Refused(VideoFault.Malformed, "the index (moov) has a box that is longer than its place");
        if (video is not { } found) return Refused(VideoFault.NoVideo, "there is no video track with frames");
        if (found.Width == 0 || found.Height == 0) return Refused(VideoFault.Malformed, "the video track has no size");
        return duration is { } seconds
            ? (new Mp4Info(seconds, found.Width, found.Height, found.FramesPerSecond, hasAudio), null)
            : Refused(VideoFault.Malformed, "the movie has no duration");
    }

    /// <summary>What is known of one track.</summary>
    private record struct Track(uint Kind, int Width, int Height, double Samples, double? FramesPerSecond);

    private static (Mp4Info?, VideoProblem?) Refused(VideoFault fault, string message) => (null, new VideoProblem(fault, message));

    private static Track ReadTrack(ReadOnlySpan<byte> trak)
    {
        var track = default(Track);
        if (Find(trak, "tkhd"u8) is { IsEmpty: false } tkhd)
        {
            // 8.3.2: 16.16 fixed point, the last two fields of either version.
            var size = tkhd[0] == 1 ? 88 : 76;
            if (tkhd.Length >= size + 8)
            {
                track.Width = BinaryPrimitives.ReadUInt16BigEndian(tkhd[size..]);
                track.Height = BinaryPrimitives.ReadUInt16BigEndian(tkhd[(size + 4)..]);
            }
        }

        var mdia = Find(trak, "mdia"u8);
        var hdlr = Find(mdia, "hdlr"u8);
        if (hdlr.Length >= 12) track.Kind = BinaryPrimitives.ReadUInt32BigEndian(hdlr[8..]);

        var (samples, ticks) = ReadSamples(Find(Find(Find(mdia, "minf"u8), "stbl"u8), "stts"u8));
        track.Samples = samples;
        if (ticks > 0 && ReadTimes(Find(mdia, "mdhd"u8)) is { } times) track.FramesPerSecond = samples * times.Scale / ticks;
        return track;
    }

    // 8.2.2 mvhd and 8.4.2 mdhd begin alike; all ones means an unknown length.
    private static (uint Scale, ulong Length)? ReadTimes(ReadOnlySpan<byte> box)
    {
        if (box.Length >= 32 && box[0] == 1)
        {
            var length = BinaryPrimitives.ReadUInt64BigEndian(box[24..]);
            return length == ulong.MaxValue ? null : (BinaryPrimitives.ReadUInt32BigEndian(box[20..]), length);
        }

        if (box.Length < 20 || box[0] != 0) return null;
        var shortLength = BinaryPrimitives.ReadUInt32BigEndian(box[16..]);
        return shortLength == uint.MaxValue ? null : (BinaryPrimitives.ReadUInt32BigEndian(box[12..]), shortLength);
    }

    // 8.6.1.2: runs of samples of equal length. The count is not believed beyond the bytes that are there.
    private static (double Samples, double Ticks) ReadSamples(ReadOnlySpan<byte> stts)
    {
        double samples = 0, ticks = 0;
        for (var at = 8; at + 8 <= stts.Length; at += 8)
        {
            double count = BinaryPrimitives.ReadUInt32BigEndian(stts[at..]);
            samples += count;
            ticks += count * BinaryPrimitives.ReadUInt32BigEndian(stts[(at + 4)..]);
        }

        return (samples, ticks);
    }

    private static ReadOnlySpan<byte> Find(ReadOnlySpan<byte> parent, ReadOnlySpan<byte> type)
    {
        var boxes = new Boxes(parent);
        while (boxes.Next())
        {
            if (boxes.Is(type)) return boxes.Body;
        }

        return default;
    }

    /// <summary>The boxes in a parent, one after the other; every step takes at least eight bytes.</summary>
    private ref struct Boxes(ReadOnlySpan<byte> parent)
    {
        private ReadOnlySpan<byte> _rest = parent;
        private ReadOnlySpan<byte> _type;

        /// <summary>The content of the box.</summary>
        public ReadOnlySpan<byte> Body { get; private set; }

        /// <summary>Whether a box did not fit into the parent.</summary>
        public bool Broken { get; private set; }

        public readonly bool Is(ReadOnlySpan<byte> type) => _type.SequenceEqual(type);

        public bool Next()
        {
            if (_rest.Length < 8) return false;
            long size = BinaryPrimitives.ReadUInt32BigEndian(_rest);
            var header = 8;
            if (size == 1 && _rest.Length >= 16) (size, header) = (BinaryPrimitives.ReadInt64BigEndian(_rest[8..]), 16);
            Broken = size < header || size > _rest.Length;
            if (Broken) return false;

            _type = _rest[4..8];
            Body = _rest[header..(int)size];
            _rest = _rest[(int)size..];
            return true;
        }
    }
}
