using System.Buffers;
using System.Buffers.Text;
using OviFunctions.Http;

namespace OviFunctions.Media;

/// <summary>Decodes base64 (RFC 4648 section 4) from memory while it is read, a few kilobytes at a time.</summary>
internal sealed class Base64Stream(ReadOnlyMemory<byte> base64) : ForwardOnlyStream
{
    private const int Digits = 8192; // a multiple of 4

    private static readonly SearchValues<byte> Blanks = SearchValues.Create(" \t\r\n"u8);

    private readonly byte[] _buffer = new byte[Digits];
    private int _next;
    private ReadOnlyMemory<byte> _decoded;

    /// <exception cref="InvalidDataException">The text is not base64.</exception>
    public override int Read(Span<byte> buffer)
    {
        if (_decoded.IsEmpty) DecodeNext();
        var count = Math.Min(_decoded.Length, buffer.Length);
        _decoded.Span[..count].CopyTo(buffer);
        _decoded = _decoded[count..];
        return count;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return ValueTask.FromResult(Read(buffer.Span));
    }

    private void DecodeNext()
    {
        var digits = Gather();
        if (digits == 0) return;

        // Only the last group can be incomplete: the buffer takes whole groups.
        if (digits % 4 != 0 && _buffer[digits - 1] != '=')
        {
            while (digits % 4 != 0) _buffer[digits++] = (byte)'=';
        }

        var status = Base64.DecodeFromUtf8InPlace(_buffer.AsSpan(0, digits), out var bytes);
        if (status != OperationStatus.Done || (bytes < digits / 4 * 3 && !AtEnd()))
        {
            throw new InvalidDataException(
                $"the base64 text is broken before character {_next}; " +
                "use the standard alphabet (+ and /, not - and _), without percent-encoding");
        }

        _decoded = _buffer.AsMemory(0, bytes);
    }

    /// <summary>Fills the buffer with the next digits, leaving blanks out.</summary>
    private int Gather()
    {
        var filled = 0;
        while (filled < Digits && _next < base64.Length)
        {
            var run = base64.Span.Slice(_next, Math.Min(base64.Length - _next, Digits - filled));
            var blank = run.IndexOfAny(Blanks);
            _next += blank < 0 ? run.Length : blank + 1;
            if (blank >= 0) run = run[..blank];
            run.CopyTo(_buffer.AsSpan(filled));
            filled += run.Length;
        }

        return filled;
    }

    private bool AtEnd() => base64.Span[_next..].IndexOfAnyExcept(Blanks) < 0;
}
