using System.Buffers;

namespace OviFunctions.Media;

/// <summary>
/// Walks over a file made of headers and bodies without holding the bodies: gathers the few bytes of the next header
/// across chunk boundaries, and skips the body that it announces.
/// </summary>
/// <param name="firstHeader">The length of the first header; at most <see cref="MaxHeader"/>.</param>
internal sealed class HeaderWalk(int firstHeader)
{
    /// <summary>The longest header that can be asked for.</summary>
    public const int MaxHeader = 64;

    private readonly byte[] _buffer = new byte[MaxHeader];
    private int _filled;
    private int _need = firstHeader;
    private IBufferWriter<byte>? _sink;

    /// <summary>The bytes of the header, as far as they have come; perhaps some of what follows.</summary>
    public ReadOnlySpan<byte> Header => _buffer.AsSpan(0, _filled);

    /// <summary>How many bytes of the body are still to come before the next header.</summary>
    public long Skip { get; private set; }

    /// <summary>Takes bytes off the chunk until a header is complete; false when the chunk ended before.</summary>
    public bool TryFill(ref ReadOnlySpan<byte> chunk)
    {
        var skipped = (int)Math.Min(Skip, chunk.Length);
        _sink?.Write(chunk[..skipped]);
        chunk = chunk[skipped..];
        Skip -= skipped;
        if (Skip > 0) return false;

        _sink = null;
        var taken = Math.Min(Math.Max(_need - _filled, 0), chunk.Length);
        chunk[..taken].CopyTo(_buffer.AsSpan(_filled));
        chunk = chunk[taken..];
        _filled += taken;
        return _filled >= _need;
    }

    /// <summary>Asks for more bytes of the header that the walk stands on.</summary>
    public void Need(int header) => _need = header;

    /// <summary>Leaves a header and its body behind and asks for the next header.</summary>
    /// <param name="header">How many bytes of <see cref="Header"/> are done with.</param>
    /// <param name="body">How many bytes follow before the next header.</param>
    /// <param name="nextHeader">The length of the next header.</param>
    /// <param name="sink">Where the body goes; nowhere if null.</param>
    public void Advance(int header, long body, int nextHeader, IBufferWriter<byte>? sink = null)
    {
        var buffered = (int)Math.Min(body, _filled - header);
        sink?.Write(_buffer.AsSpan(header, buffered));
        _buffer.AsSpan(header + buffered, _filled - header - buffered).CopyTo(_buffer);
        _filled -= header + buffered;
        Skip = body - buffered;
        (_need, _sink) = (nextHeader, sink);
    }

    /// <summary>Skips everything that may still come.</summary>
    public void Finish() => Advance(0, long.MaxValue, MaxHeader);
}
