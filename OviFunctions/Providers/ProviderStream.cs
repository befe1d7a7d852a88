using OviFunctions.Http;

namespace OviFunctions.Providers;

/// <summary>The body of a provider's answer: read once, within the call's time limit; disposing it frees the connection.</summary>
internal sealed class ProviderStream : ForwardOnlyStream
{
    private readonly Stream _body;
    private readonly HttpResponseMessage _response;
    private readonly CancellationTokenSource _deadline;

    private ProviderStream(Stream body, HttpResponseMessage response, CancellationTokenSource deadline)
    {
        _body = body;
        _response = response;
        _deadline = deadline;
    }

    /// <summary>Opens the body; the stream owns the response and the deadline from then on.</summary>
    public static async Task<ProviderStream> OpenAsync(
        HttpResponseMessage response, CancellationTokenSource deadline, CancellationToken cancellationToken) =>
        new(await response.Content.ReadAsStreamAsync(cancellationToken), response, deadline);

    /// <exception cref="IOException">The connection broke, or the time was up.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(_deadline.Token, cancellationToken);
        try
        {
            return await _body.ReadAsync(buffer, either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new IOException("the provider did not send all of its answer in time");
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _body.Dispose();
            _response.Dispose();
            _deadline.Dispose();
        }

        base.Dispose(disposing);
    }
}
