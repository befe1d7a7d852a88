using System.Buffers;
using System.Security.Cryptography;

namespace OviFunctions.Payments.Identity;

/// <summary>Hashes what is written to it, through a buffer of a few kilobytes.</summary>
internal sealed class HashWriter(IncrementalHash hash) : IBufferWriter<byte>
{
    private byte[] _buffer = new byte[4096];

    public void Advance(int count) => hash.AppendData(_buffer, 0, count);

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        if (sizeHint > _buffer.Length) _buffer = new byte[sizeHint];
        return _buffer;
    }

    public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;
}
