using System.Buffers.Binary;

namespace OviFunctions.Media;

/// <summary>RFC 9649: RIFF with the form WEBP, whose first chunk is VP8 (lossy), VP8L (lossless) or VP8X (extended).</summary>
internal sealed class WebPFormat() : ImageFormat("image/webp")
{
    private long _declared;

    public override bool IsWhole(long bytes) => Width > 0 && bytes >= _declared;

    public override void Step(HeaderWalk walk)
    {
        var head = walk.Header;
        _declared = 8L + BinaryPrimitives.ReadUInt32LittleEndian(head[4..]);
        var body = head[20..];
        if (head[12..16].SequenceEqual("VP8X"u8)) ReadExtended(body);
        else if (head[12..16].SequenceEqual("VP8L"u8)) ReadLossless(body);
        else if (head[12..16].SequenceEqual("VP8 "u8)) ReadLossy(body);
        else Malformed("the WebP begins with an unknown chunk");
        walk.Finish();
    }

    private void ReadExtended(ReadOnlySpan<byte> body)
    {
        if ((body[0] & 0x02) != 0) Animated("an animated WebP");
        else SetSize(1 + UInt24(body[4..]), 1 + UInt24(body[7..]));
    }

    private void ReadLossless(ReadOnlySpan<byte> body)
    {
        var bits = BinaryPrimitives.ReadUInt32LittleEndian(body[1..]);
        if (body[0] != 0x2F) Malformed("the WebP has no lossless signature");
        else SetSize(1 + (bits & 0x3FFF), 1 + ((bits >> 14) & 0x3FFF));
    }

    private void ReadLossy(ReadOnlySpan<byte> body)
    {
        // RFC 6386 9.1: the lowest bit of a key frame is 0, the size is 14 bits below 2 bits of scaling.
        var width = BinaryPrimitives.ReadUInt16LittleEndian(body[6..]) & 0x3FFF;
        var height = BinaryPrimitives.ReadUInt16LittleEndian(body[8..]) & 0x3FFF;
        if ((body[0] & 1) != 0 || body is not [_, _, _, 0x9D, 0x01, 0x2A, ..]) Malformed("the WebP does not begin with a key frame");
        else SetSize(width, height);
    }

    private static int UInt24(ReadOnlySpan<byte> bytes) => bytes[0] | (bytes[1] << 8) | (bytes[2] << 16);
}
