using System.Net.Http.Headers;

namespace OviFunctions.Http.Egress;

/// <summary>An answer from outside, its body not read yet. Dispose it to free the connection.</summary>
public sealed class EgressResponse : IDisposable
{
    private readonly HttpResponseMessage _response;
    private readonly CancellationTokenSource _deadline;

    internal EgressResponse(HttpResponseMessage response, Uri url, Stream content, CancellationTokenSource deadline)
    {
        _response = response;
        _deadline = deadline;
        Url = url;
        Content = content;
    }

    /// <summary>The URL that answered, after redirects. May be signed: not for logs.</summary>
    public Uri Url { get; }

    /// <summary>The HTTP status. Always 2xx for a GET.</summary>
    public int Status => (int)_response.StatusCode;

    /// <summary>The response headers.</summary>
    public HttpResponseHeaders Headers => _response.Headers;

    /// <summary>The Content-Type without parameters; a claim, not a fact.</summary>
    public string? MediaType => _response.Content.Headers.ContentType?.MediaType;

    /// <summary>The Content-Length, if there was one.</summary>
    public long? Length => _response.Content.Headers.ContentLength;

    /// <summary>
    /// The body, read asynchronously only. Throws <see cref="EgressReadException"/> past the purpose's size or
    /// time limit and when the connection breaks.
    /// </summary>
    public Stream Content { get; }

    public void Dispose()
    {
        _response.Dispose();
        _deadline.Dispose();
    }
}

/// <summary>The body of an <see cref="EgressResponse"/> could not be read to its end.</summary>
public sealed class EgressReadException : IOException
{
    internal EgressReadException(EgressResult.Failed failure, Exception? inner = null) : base(failure.Message, inner) => Failure = failure;

    /// <summary>Why, as data.</summary>
    public EgressResult.Failed Failure { get; }
}
