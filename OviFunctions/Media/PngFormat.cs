using System.Buffers.Binary;

namespace OviFunctions.Media;

/// <summary>W3C PNG (third edition): a signature, then chunks of length, type, data and CRC, from IHDR to IEND.</summary>
internal sealed class PngFormat() : ImageFormat("image/png")
{
    private bool _hasData;
    private bool _ended;

    public static ReadOnlySpan<byte> Signature => [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A];

    public override bool IsWhole(long bytes) => _ended;

    public override void Step(HeaderWalk walk)
    {
        if (Width == 0)
        {
            ReadHeader(walk.Header);
            walk.Advance(8 + 8 + 13, body: 4, nextHeader: 8);
            return;
        }

        var length = BinaryPrimitives.ReadUInt32BigEndian(walk.Header);
        var type = walk.Header[4..8];
        if (length > int.MaxValue) Malformed("the PNG has a chunk of an impossible length");
        else if (type.SequenceEqual("acTL"u8)) Animated("an animated PNG");
        else if (type.SequenceEqual("IDAT"u8)) _hasData = true;
        else if (type.SequenceEqual("IEND"u8))
        {
            if (!_hasData) Malformed("the PNG has no picture data");
            _ended = true;
            walk.Finish();
            return;
        }

        walk.Advance(8, body: length + 4L, nextHeader: 8);
    }

    private void ReadHeader(ReadOnlySpan<byte> head)
    {
        if (BinaryPrimitives.ReadUInt32BigEndian(head[8..]) != 13 || !head[12..16].SequenceEqual("IHDR"u8))
            Malformed("the PNG does not begin with IHDR");
        else SetSize(BinaryPrimitives.ReadUInt32BigEndian(head[16..]), BinaryPrimitives.ReadUInt32BigEndian(head[20..]));
    }
}
