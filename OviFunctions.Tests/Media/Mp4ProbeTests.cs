using System.Buffers.Binary;
using System.Text;
using OviFunctions.Media;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Media;

public sealed class Mp4ProbeTests
{
    [Theory]
    [InlineData("video-audio.mp4", 2, true)]
    [InlineData("video-audio-faststart.mp4", 2, true)]
    [InlineData("video-only.mp4", 2, false)]
    [InlineData("hevc.mp4", 1, false)]
    public void Complete_Video_ReadsItInChunksOfAnySize(string file, double seconds, bool hasAudio)
    {
        foreach (var chunk in (int[])[1, 3, 31, 4096, 100_000])
        {
            var (video, problem) = Probe(MediaSample.Read(file), chunk);
            Assert.Null(problem);
            Assert.InRange(video!.DurationSeconds, seconds, seconds + 0.1);
            Assert.Equal(24, video.FramesPerSecond!.Value, 3);
            Assert.Equal((96, 64, hasAudio), (video.Width, video.Height, video.HasAudio));
        }
    }

    [Theory]
    [InlineData("video-audio.mp4")]
    [InlineData("video-audio-faststart.mp4")]
    public void Complete_CutAnywhere_Refused(string file)
    {
        var whole = MediaSample.Read(file);
        for (var length = 0; length < whole.Length; length++)
        {
            var (_, problem) = Probe(whole[..length]);
            Assert.Equal(length < 8 ? VideoFault.NotMp4 : VideoFault.Truncated, problem?.Fault);
        }
    }

    [Fact]
    public void Complete_CutInTheMediaData_SaysWhere()
    {
        var whole = MediaSample.Read("video-audio-faststart.mp4");

        Assert.Equal(
            $"truncated at byte {whole.Length - 100}, 100 bytes before the end of a box",
            Probe(whole[..^100]).Problem?.Message);
    }

    [Theory]
    [InlineData("audio-only.mp4", VideoFault.NoVideo)]
    [InlineData("fragmented.mp4", VideoFault.Fragmented)]
    [InlineData("quicktime.mov", VideoFault.NotMp4)]
    [InlineData("picture.avif", VideoFault.NotMp4)]
    [InlineData("picture.png", VideoFault.NotMp4)]
    public void Complete_OtherFile_Refused(string file, VideoFault fault) =>
        Assert.Equal(fault, Probe(MediaSample.Read(file)).Problem?.Fault);

    [Theory]
    [InlineData("", "empty")]
    [InlineData("<!DOCTYPE html><html><body>expired</body></html>", "HTML")]
    [InlineData("{\"detail\":\"Request is still in progress\"}", "JSON")]
    [InlineData("RIFF....AVI LIST........................", "an AVI")]
    public void Complete_OtherContent_RefusedByName(string text, string name) => Assert.Equal(
        new VideoProblem(VideoFault.NotMp4, $"not an MP4 video: the content is {name}"), Probe(Encoding.UTF8.GetBytes(text)).Problem);

    [Fact]
    public void Append_Html_RefusedWithoutReadingOn() =>
        Assert.False(new Mp4Probe().Append("<!DOCTYPE html><html><body>expired</body></html>"u8));

    [Fact]
    public void Complete_LargeSizeMediaData_Accepted() =>
        Assert.NotNull(Probe([.. Ftyp, .. Moov, .. Large("mdat", 16 + 1000), .. new byte[1000]]).Video);

    [Fact]
    public void Complete_MediaDataToTheEndOfTheFile_Accepted() =>
        Assert.NotNull(Probe([.. Ftyp, .. Moov, .. U32(0), .. "mdat"u8, .. new byte[1000]]).Video);

    [Fact]
    public void Complete_ManyBrands_FindsTheKnownOne()
    {
        var ftyp = Box("ftyp", [.. "abcd"u8, .. U32(0), .. "abcdefghmp42ijkl"u8, .. Enumerable.Repeat((byte)'x', 80)]);

        Assert.NotNull(Probe([.. ftyp, .. Moov, .. Mdat], 1).Video);
    }

    [Theory]
    [InlineData("")]
    [InlineData("mp42")]
    [InlineData("mp42isom")]
    public void Complete_ShortFtyp_IndexRightBehindItReadWhole(string compatible)
    {
        var ftyp = Box("ftyp", [.. "isom"u8, .. U32(0), .. Encoding.ASCII.GetBytes(compatible)]);

        foreach (var chunk in (int[])[1, 4096]) Assert.NotNull(Probe([.. ftyp, .. Moov, .. Mdat], chunk).Video);
    }

    [Fact]
    public void Complete_UnknownBoxes_Skipped() => Assert.NotNull(
        Probe([.. Ftyp, .. Box("free", new byte[5000]), .. Moov, .. Box("abcd", []), .. Mdat, .. Box("uuid", new byte[16])]).Video);

    public static TheoryData<string, byte[], VideoFault> HostileFiles => new()
    {
        { "a box of 7 bytes", [.. Ftyp, .. U32(7), .. "free"u8, .. Moov, .. Mdat], VideoFault.Malformed },
        { "a large size under its header", [.. Ftyp, .. Large("free", 15), .. Moov, .. Mdat], VideoFault.Malformed },
        { "a negative large size", [.. Ftyp, .. Large("free", 1UL << 63), .. Moov, .. Mdat], VideoFault.Malformed },
        { "a box of eight exabytes", [.. Ftyp, .. Moov, .. Large("mdat", long.MaxValue), .. new byte[99]], VideoFault.Truncated },
        { "an index of 4 GB", [.. Ftyp, .. U32(0xFFFFFFFF), .. "moov"u8, .. Moov, .. Mdat], VideoFault.Malformed },
        { "an index over 4 MB", [.. Ftyp, .. Box("moov", new byte[(4 << 20) + 1]), .. Mdat], VideoFault.Malformed },
        { "an index without end", [.. Ftyp, .. Mdat, .. U32(0), .. "moov"u8, .. Moov], VideoFault.Malformed },
        { "two indexes", [.. Ftyp, .. Moov, .. Moov, .. Mdat], VideoFault.Malformed },
        { "no index", [.. Ftyp, .. Mdat, .. Box("free", new byte[50])], VideoFault.Truncated },
        { "no media data", [.. Ftyp, .. Moov], VideoFault.Truncated },
        { "an empty media data box", [.. Ftyp, .. Moov, .. Box("mdat", [])], VideoFault.Truncated },
        { "bytes behind the last box", [.. Ftyp, .. Moov, .. Mdat, 1, 2, 3], VideoFault.Truncated },
        { "a child longer than the index", [.. Ftyp, .. Box("moov", [.. U32(99), .. "trak"u8, 1, 2]), .. Mdat], VideoFault.Malformed },
        { "indexes in an index", [.. Ftyp, .. Nested("moov", 10_000), .. Mdat], VideoFault.NoVideo },
        { "tracks in a track", [.. Ftyp, .. Box("moov", Nested("trak", 10_000)), .. Mdat], VideoFault.NoVideo },
        { "an empty index", [.. Ftyp, .. Box("moov", []), .. Mdat], VideoFault.NoVideo },
        { "the brand of a sound file", [.. Box("ftyp", [.. "M4A "u8, .. U32(0), .. "M4A "u8]), .. Moov, .. Mdat], VideoFault.NotMp4 },
        { "an ftyp that is not first", [.. Box("free", new byte[40]), .. Ftyp, .. Moov, .. Mdat], VideoFault.NotMp4 },
        { "no duration", [.. Ftyp, .. Box("moov", [.. Mvhd(1000, 0), .. Trak]), .. Mdat], VideoFault.Malformed },
        { "an unknown duration", [.. Ftyp, .. Box("moov", [.. Mvhd(1000, uint.MaxValue), .. Trak]), .. Mdat], VideoFault.Malformed },
        { "no time scale", [.. Ftyp, .. Box("moov", [.. Mvhd(0, 5000), .. Trak]), .. Mdat], VideoFault.Malformed },
        { "a movie header of one byte", [.. Ftyp, .. Box("moov", [.. Box("mvhd", [1]), .. Trak]), .. Mdat], VideoFault.Malformed },
    };

    [Theory]
    [MemberData(nameof(HostileFiles))]
    public void Complete_HostileFile_Refused(string what, byte[] file, VideoFault fault)
    {
        foreach (var chunk in (int[])[1, 4096])
        {
            var (_, problem) = Probe(file, chunk);
            Assert.True(problem?.Fault == fault, $"{what}: {problem}");
        }
    }

    [Fact]
    public void Complete_SixtyFourBitTimes_Read()
    {
        byte[] mvhd = Box("mvhd", [1, 0, 0, 0, .. new byte[16], .. U32(600), .. U32(0), .. U32(3000), .. new byte[80]]);

        Assert.Equal(5, Probe([.. Ftyp, .. Box("moov", [.. mvhd, .. Trak]), .. Mdat]).Video?.DurationSeconds);
    }

    [Fact]
    public void Complete_MutatedVideo_AlwaysAVerdictInBoundedMemory()
    {
        var originals = ((string[])["video-audio.mp4", "video-audio-faststart.mp4", "fragmented.mp4"]).Select(MediaSample.Read).ToArray();
        var random = new Xorshift(20261120);
        var accepted = 0;
        for (var i = 0; i < 20_000; i++)
        {
            var file = random.Mutate(originals[i % originals.Length]);
            var chunk = 1 + random.Next(5000);
            var before = GC.GetAllocatedBytesForCurrentThread();

            var probe = new Mp4Probe();
            for (var at = 0; at < file.Length; at += chunk) probe.Append(file.AsSpan(at, Math.Min(chunk, file.Length - at)));
            var (video, problem) = probe.Complete();

            Assert.True(video is null != problem is null);
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 5000 + (6L * file.Length));
            if (video is null) continue;
            accepted++;
            Assert.True(video.DurationSeconds > 0 && double.IsFinite(video.DurationSeconds) && video is { Width: > 0, Height: > 0 });
        }

        Assert.InRange(accepted, 1, 19_999);
    }

    private static byte[] Ftyp => Box("ftyp", [.. "isom"u8, .. U32(512), .. "isomiso2avc1mp41"u8]);

    private static byte[] Mdat => Box("mdat", new byte[1000]);

    private static byte[] Moov => Box("moov", [.. Mvhd(1000, 5000), .. Trak]);

    private static byte[] Trak => Box("trak",
    [
        .. Box("tkhd", [.. new byte[76], .. U32(992 << 16), .. U32(512 << 16)]),
        .. Box("mdia",
        [
            .. Box("mdhd", [.. new byte[12], .. U32(12288), .. U32(61440), 0, 0, 0, 0]),
            .. Box("hdlr", [.. new byte[8], .. "vide"u8, .. new byte[13]]),
            .. Box("minf", Box("stbl", Box("stts", [.. new byte[4], .. U32(1), .. U32(120), .. U32(512)]))),
        ]),
    ]);

    private static byte[] Mvhd(uint scale, uint duration) =>
        Box("mvhd", [.. new byte[12], .. U32(scale), .. U32(duration), .. new byte[80]]);

    private static byte[] Nested(string type, int depth)
    {
        var size = 8 * depth;
        var nested = new byte[size];
        for (var at = 0; at < size; at += 8) Box(type, []).AsSpan(4, 4).CopyTo(nested.AsSpan(at + 4));
        for (var at = 0; at < size; at += 8) BinaryPrimitives.WriteInt32BigEndian(nested.AsSpan(at), size - at);
        return nested;
    }

    private static byte[] Box(string type, byte[] body) => [.. U32((uint)body.Length + 8), .. Encoding.ASCII.GetBytes(type), .. body];

    private static byte[] Large(string type, ulong size) =>
        [.. U32(1), .. Encoding.ASCII.GetBytes(type), .. U32((uint)(size >> 32)), .. U32((uint)size)];

    private static byte[] U32(uint value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        return bytes;
    }

    private static (Mp4Info? Video, VideoProblem? Problem) Probe(byte[] content, int chunk = 4096)
    {
        var probe = new Mp4Probe();
        foreach (var part in content.Chunk(chunk)) probe.Append(part);
        return probe.Complete();
    }
}
