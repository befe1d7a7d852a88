using System.Buffers;
using System.Security.Cryptography;

namespace OviFunctions.Payments.Identity;

/// <summary>Takes SHA-256 of what is written to it, a few kilobytes at a time.</summary>
internal sealed class HashWriter : IBufferWriter<byte>, IDisposable
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private byte[] _buffer = new byte[4096];
    private int _length;

    public void Advance(int count) => _length += count;

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        if (_buffer.Length - _length < Math.Max(sizeHint, 1)) Flush();
        if (sizeHint > _buffer.Length) _buffer = new byte[sizeHint];
        return _buffer.AsMemory(_length);
    }

    public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    /// <summary>The hash of everything so far.</summary>
    public byte[] GetHash()
    {
        Flush();
        return _hash.GetCurrentHash();
    }

    public void Dispose() => _hash.Dispose();

    private void Flush()
    {
        _hash.AppendData(_buffer, 0, _length);
        _length = 0;
    }
}
