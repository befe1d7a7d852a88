using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace OviFunctions.Media;

/// <summary>
/// Reads an MP4 (ISO/IEC 14496-12) while its bytes pass by in chunks of any size: brand, length, size, tracks, and
/// whether every box is there to its end. Holds the index (moov), at most 4 MB, growing with the bytes that really
/// come; everything else, the media data above all, is skipped. A size is never believed before its bytes are there.
/// </summary>
internal sealed class Mp4Probe : IContentProbe
{
    private const int MaxMoov = 4 << 20;

    // https://mp4ra.org/registered-types/brands: MP4 with video. QuickTime ("qt  ") is another container.
    private static readonly HashSet<string> Brands =
    [
        "isom", "iso2", "iso3", "iso4", "iso5", "iso6", "iso7", "iso8", "iso9",
        "mp41", "mp42", "avc1", "M4V ", "M4VH", "M4VP", "MSNV", "dash", "cmfc", "cmf2",
    ];

    private readonly HeaderWalk _walk = new(firstHeader: 32);
    private ArrayBufferWriter<byte>? _moov;
    private VideoProblem? _problem;
    private long _bytes;
    private long _mediaBytes;
    private bool _hasBrand;
    private bool _openEnd;

    /// <inheritdoc/>
    public bool Append(ReadOnlySpan<byte> chunk)
    {
        _bytes += chunk.Length;
        while (_problem is null && _walk.TryFill(ref chunk)) ReadHeader();
        return _problem is null;
    }

    /// <summary>The verdict, when the last byte has passed.</summary>
    public (Mp4Info? Video, VideoProblem? Problem) Complete()
    {
        if (_problem is null) Finish();
        return _problem is null ? Mp4Index.Read(_moov!.WrittenSpan) : (null, _problem);
    }

    private void Finish()
    {
        var header = _walk.Header;
        if (!_hasBrand && !(header.Length >= 8 && header[4..8].SequenceEqual("ftyp"u8))) NotMp4();
        else if (!_openEnd && _walk.Skip > 0) Truncated($", {_walk.Skip} bytes before the end of a box");
        else if (!_openEnd && !header.IsEmpty) Truncated(" inside a box header");
        else if (_moov is null) Truncated(": there is no index (moov)");
        else if (_mediaBytes == 0) Truncated(": there is no media data (mdat)");
    }

    private void ReadHeader()
    {
        var header = _walk.Header;
        var type = header[4..8];
        long size = BinaryPrimitives.ReadUInt32BigEndian(header);
        if (!_hasBrand)
        {
            ReadBrand(type, size);
            return;
        }

        var length = 8;
        if (size == 1)
        {
            length = 16;
            if (header.Length < length)
            {
                _walk.Need(length);
                return;
            }

            size = BinaryPrimitives.ReadInt64BigEndian(header[8..]);
        }

        _openEnd = size == 0 && length == 8; // 4.2: to the end of the file
        if (_openEnd) size = long.MaxValue;
        if (size < length) Refuse(VideoFault.Malformed, $"a box of type {FileKind.Printable(type)} says that it is {size} bytes long");
        else ReadBox(type, length, size - length);
    }

    private void ReadBox(ReadOnlySpan<byte> type, int header, long body)
    {
        if (type.SequenceEqual("moof"u8))
        {
            Refuse(VideoFault.Fragmented, "the MP4 is fragmented (moof); a progressive one is needed");
        }
        else if (type.SequenceEqual("moov"u8))
        {
            if (_moov is not null) Refuse(VideoFault.Malformed, "there are two indexes (moov)");
            else if (body > MaxMoov)
                Refuse(VideoFault.Malformed, $"the index (moov) says that it is {body} bytes long; at most {MaxMoov} are read");
            else _walk.Advance(header, body, nextHeader: 8, _moov = new ArrayBufferWriter<byte>());
        }
        else
        {
            if (type.SequenceEqual("mdat"u8)) _mediaBytes += _openEnd ? 1 : body;
            _walk.Advance(header, body, nextHeader: 8);
        }
    }

    // 4.3: ftyp has a major brand, a version, and compatible brands; of these, as many as stand in a header's length.
    private void ReadBrand(ReadOnlySpan<byte> type, long size)
    {
        if (!type.SequenceEqual("ftyp"u8) || size < 16)
        {
            NotMp4();
            return;
        }

        var length = (int)Math.Min(size, HeaderWalk.MaxHeader);
        if (_walk.Header.Length < length)
        {
            _walk.Need(length);
            return;
        }

        for (var at = 8; at + 4 <= length; at += at == 8 ? 8 : 4)
            _hasBrand |= Brands.Contains(Encoding.ASCII.GetString(_walk.Header.Slice(at, 4)));
        if (_hasBrand) _walk.Advance(8, size - 8, nextHeader: 8);
        else NotMp4();
    }

    private void NotMp4() => Refuse(VideoFault.NotMp4, $"not an MP4 video: the content is {FileKind.Name(_walk.Header)}");

    private void Truncated(string where) => Refuse(VideoFault.Truncated, $"truncated at byte {_bytes}{where}");

    private void Refuse(VideoFault fault, string message) => _problem = new VideoProblem(fault, message);
}
