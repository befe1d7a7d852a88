using System.Buffers.Binary;
using System.Text;

namespace OviFunctions.Tests.Media.Ffmpeg;

/// <summary>Makes an MP4 say that its pictures are in another file: a QuickTime alias record in <c>dref</c> (ISO/IEC 14496-12 8.7.2).</summary>
internal static class Mp4Alias
{
    /// <param name="clip">An MP4 whose index is at its end, so that nothing in it moves.</param>
    /// <param name="path">The absolute path of the other file.</param>
    public static byte[] Into(byte[] clip, string path)
    {
        var alias = Alias(path);
        var changed = clip.ToList();
        var at = 0;
        foreach (var box in new[] { "moov", "trak", "mdia", "minf", "dinf", "dref" })
        {
            at += clip.AsSpan(at).IndexOf(Encoding.ASCII.GetBytes(box));
            var size = BinaryPrimitives.ReadInt32BigEndian(clip.AsSpan(at - 4)) + alias.Length - 12;
            for (var i = 0; i < 4; i++) changed[at - 4 + i] = (byte)(size >> (24 - (8 * i)));
        }

        // The entry "url " of 12 bytes says that the pictures are in this file.
        var entry = at + 4 + 8;
        Assert.Equal("url "u8, clip.AsSpan(entry + 4, 4));
        changed.RemoveRange(entry, 12);
        changed.InsertRange(entry, alias);
        return [.. changed];
    }

    private static byte[] Alias(string path)
    {
        var name = Encoding.ASCII.GetBytes(path);
        var record = new byte[162 + 4 + name.Length + (name.Length & 1) + 4];
        BinaryPrimitives.WriteInt32BigEndian(record, record.Length);
        "alis"u8.CopyTo(record.AsSpan(4));
        var item = record.AsSpan(162);
        BinaryPrimitives.WriteInt16BigEndian(item, 2); // an absolute path
        BinaryPrimitives.WriteInt16BigEndian(item[2..], (short)name.Length);
        name.CopyTo(item[4..]);
        BinaryPrimitives.WriteInt16BigEndian(item[^4..], -1);
        return record;
    }
}
