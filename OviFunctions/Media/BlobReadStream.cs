using Azure;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;

namespace OviFunctions.Media;

/// <summary>
/// A blob as a seekable stream: one download, begun at the position of the first read, passed on as it arrives.
/// (The SDK's own seekable stream fetches 4 MB blocks into memory, even for two bytes.)
/// </summary>
internal sealed class BlobReadStream(BlockBlobClient blob, long length, ETag version) : Stream
{
    private Stream? _download;
    private long _position;

    public override bool CanRead => true;
    public override bool CanSeek => true;
    public override bool CanWrite => false;
    public override long Length => length;

    public override long Position
    {
        get => _position;
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            if (value == _position) return;
            _download?.Dispose();
            (_download, _position) = (null, value);
        }
    }

    public override long Seek(long offset, SeekOrigin origin) => Position = origin switch
    {
        SeekOrigin.Begin => offset,
        SeekOrigin.Current => _position + offset,
        _ => length + offset,
    };

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_position >= length || buffer.IsEmpty) return 0;
        _download ??= await OpenAsync(cancellationToken);
        var count = await _download.ReadAsync(buffer, cancellationToken);
        _position += count;
        return count;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    public override void Flush() { }
    public override void SetLength(long value) => throw new NotSupportedException();
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing) _download?.Dispose();
        base.Dispose(disposing);
    }

    private async Task<Stream> OpenAsync(CancellationToken cancellationToken)
    {
        var options = new BlobDownloadOptions
        {
            Range = new HttpRange(_position),
            Conditions = new BlobRequestConditions { IfMatch = version },
        };
        var response = await blob.DownloadStreamingAsync(options, cancellationToken);
        return response.Value.Content;
    }
}
