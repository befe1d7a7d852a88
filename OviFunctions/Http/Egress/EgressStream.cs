namespace OviFunctions.Http.Egress;

/// <summary>A response body with the size and time limits of its purpose.</summary>
internal sealed class EgressStream(Stream inner, long maxBytes, CancellationToken deadline) : ForwardOnlyStream
{
    private long _read;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline, cancellationToken);
        int count;
        try
        {
            count = await inner.ReadAsync(buffer, either.Token);
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new EgressReadException(EgressFailures.Timeout());
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            throw new EgressReadException(EgressFailures.Broken(), e);
        }

        _read += count;
        return _read <= maxBytes ? count : throw new EgressReadException(EgressFailures.TooLarge(maxBytes));
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) inner.Dispose();
        base.Dispose(disposing);
    }
}
