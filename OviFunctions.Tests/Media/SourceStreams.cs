using OviFunctions.Http;

namespace OviFunctions.Tests.Media;

/// <summary>Delivers its content and then breaks.</summary>
internal sealed class BrokenStream(byte[] content) : ForwardOnlyStream
{
    private bool _delivered;

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_delivered || content.Length == 0) throw new IOException("connection reset");
        _delivered = true;
        content.CopyTo(buffer);
        return ValueTask.FromResult(content.Length);
    }
}

/// <summary>Delivers its content, but says that it has ended only when it is opened.</summary>
internal sealed class GatedStream(byte[] content) : ForwardOnlyStream
{
    private readonly TaskCompletionSource _reached = new();
    private readonly TaskCompletionSource _open = new();
    private ReadOnlyMemory<byte> _rest = content;

    /// <summary>Completes when the reader waits for the end.</summary>
    public Task Reached => _reached.Task;

    public void Open() => _open.SetResult();

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_rest.IsEmpty)
        {
            _reached.TrySetResult();
            await _open.Task.WaitAsync(cancellationToken);
            return 0;
        }

        var count = Math.Min(_rest.Length, buffer.Length);
        _rest[..count].CopyTo(buffer);
        _rest = _rest[count..];
        return count;
    }
}

/// <summary>A video whose media data is made while it is read, and that watches how far the reader runs ahead of the uploads.</summary>
internal sealed class LargeVideo(long padding, Func<long> uploaded) : ForwardOnlyStream
{
    private readonly byte[] _video = MediaSample.Read("video-only.mp4");
    private long _delivered;

    public override long Length => _video.Length + 8 + padding;

    /// <summary>The most bytes that were delivered and not uploaded at any time.</summary>
    public long MostHeld { get; private set; }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var count = (int)Math.Min(Math.Min(buffer.Length, 64 << 10), Length - _delivered);
        for (var i = 0; i < count; i++) buffer.Span[i] = At(_delivered + i);
        _delivered += count;
        MostHeld = Math.Max(MostHeld, _delivered - uploaded());
        return ValueTask.FromResult(count);
    }

    // The sample, and behind it a second media data box.
    private byte At(long position) => (position - _video.Length) switch
    {
        < 0 => _video[position],
        < 4 and var i => (byte)((8 + padding) >> (int)(24 - (8 * i))),
        < 8 and var i => "mdat"u8[(int)i - 4],
        _ => 0,
    };
}
