using System.Buffers.Binary;

namespace OviFunctions.Media;

/// <summary>ITU-T T.81 Annex B: SOI, then marker segments up to the frame header (SOF) and the scans, then EOI.</summary>
internal sealed class JpegFormat() : ImageFormat("image/jpeg")
{
    private bool _begun;
    private bool _ended;
    private bool _lastWasFF;

    public static ReadOnlySpan<byte> Signature => [0xFF, 0xD8, 0xFF];

    public override bool IsWhole(long bytes) => _ended;

    public override void Step(HeaderWalk walk)
    {
        if (!_begun)
        {
            _begun = true;
            walk.Advance(2, body: 0, nextHeader: 10);
            return;
        }

        var header = walk.Header;
        var marker = header[1];
        var length = BinaryPrimitives.ReadUInt16BigEndian(header[2..]);
        if (header[0] != 0xFF) Malformed("the JPEG has no marker where one must be");
        else if (marker == 0xFF) walk.Advance(1, body: 0, nextHeader: 10); // fill byte, B.1.1.2
        else if (marker is 0x01 or (>= 0xD0 and <= 0xD7)) walk.Advance(2, body: 0, nextHeader: 10); // no segment, table B.1
        else if (marker == 0xDA) BeginScan();
        else if (marker is 0xD8 or 0xD9 || length < 2) Malformed("the JPEG has no picture");
        else
        {
            if (marker is >= 0xC0 and <= 0xCF and not (0xC4 or 0xC8 or 0xCC)) ReadFrame(marker, header);
            walk.Advance(2, body: length, nextHeader: 10);
        }
    }

    public override void Scan(ReadOnlySpan<byte> chunk)
    {
        // In a scan FF is followed by 00 or a restart marker (B.1.1.5), so FF D9 is the end of the image.
        if (chunk.IsEmpty || _ended) return;
        ReadOnlySpan<byte> endOfImage = [0xFF, 0xD9];
        _ended = (_lastWasFF && chunk[0] == 0xD9) || chunk.IndexOf(endOfImage) >= 0;
        _lastWasFF = chunk[^1] == 0xFF;
    }

    private void BeginScan()
    {
        if (Width == 0) Malformed("the JPEG has no frame header before its picture");
        InScan = true;
    }

    private void ReadFrame(byte marker, ReadOnlySpan<byte> header)
    {
        if (marker > 0xC2) Malformed("the JPEG is lossless, hierarchical or arithmetic-coded, which few programs read");
        else SetSize(BinaryPrimitives.ReadUInt16BigEndian(header[7..]), BinaryPrimitives.ReadUInt16BigEndian(header[5..]));
    }
}
