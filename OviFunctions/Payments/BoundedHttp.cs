using System.Net;

namespace OviFunctions.Payments;

/// <summary>What became of a request to a party that we do not trust to behave.</summary>
internal abstract record HttpOutcome
{
    private HttpOutcome() { }

    /// <summary>An answer of any status but a redirect.</summary>
    public sealed record Answered(HttpStatusCode Status, byte[] Body) : HttpOutcome
    {
        /// <summary>Whether the status is 2xx.</summary>
        public bool Ok => (int)Status is >= 200 and < 300;
    }

    /// <summary>No answer that can be used; the request may have arrived nevertheless.</summary>
    /// <param name="Reason">A few words without addresses or secrets.</param>
    /// <param name="TooLarge">The answer came and was larger than allowed.</param>
    public sealed record Failed(string Reason, bool TooLarge = false) : HttpOutcome;
}

/// <summary>Sends requests whose answers are bounded in time and size, and whose redirects are not followed.</summary>
internal static class BoundedHttp
{
    /// <summary>A handler for such clients: no redirects, no cookies, fresh connections so that DNS changes are seen.</summary>
    public static SocketsHttpHandler CreateHandler() => new()
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        ConnectTimeout = TimeSpan.FromSeconds(5),
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
    };

    /// <summary>Sends <paramref name="request"/>; only the caller's own cancellation throws.</summary>
    public static async Task<HttpOutcome> SendAsync(
        HttpClient client, HttpRequestMessage request, int maxBytes, TimeSpan timeout, TimeProvider time,
        CancellationToken cancellationToken)
    {
        using var expiry = new CancellationTokenSource(timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(expiry.Token, cancellationToken);
        var target = request.RequestUri;
        try
        {
            using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token);
            if ((int)response.StatusCode is >= 300 and < 400 || response.RequestMessage?.RequestUri != target)
                return new HttpOutcome.Failed("it redirected");
            var body = await ReadAsync(response.Content, maxBytes, either.Token);
            return body is null
                ? new HttpOutcome.Failed($"its answer has more than {maxBytes} bytes", TooLarge: true)
                : new HttpOutcome.Answered(response.StatusCode, body);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new HttpOutcome.Failed($"no answer within {timeout.TotalSeconds:0.#} s");
        }
        catch (HttpRequestException e)
        {
            return new HttpOutcome.Failed($"the connection failed ({e.HttpRequestError})");
        }
        catch (IOException)
        {
            return new HttpOutcome.Failed("the connection broke");
        }
    }

    private static async Task<byte[]?> ReadAsync(HttpContent content, int maxBytes, CancellationToken cancellationToken)
    {
        if (content.Headers.ContentLength > maxBytes) return null;
        await using var stream = await content.ReadAsStreamAsync(cancellationToken);
        var buffer = new byte[Math.Min(maxBytes + 1, 16 * 1024)];
        var length = 0;
        while (true)
        {
            var read = await stream.ReadAsync(buffer.AsMemory(length), cancellationToken);
            if (read == 0) return buffer[..length];
            length += read;
            if (length > maxBytes) return null;
            if (length == buffer.Length) Array.Resize(ref buffer, Math.Min(maxBytes + 1, buffer.Length * 2));
        }
    }
}
