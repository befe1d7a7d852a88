using System.Net.Http.Headers;

namespace OviFunctions.Providers.Fal;

/// <summary>
/// Sends one call to fal with the account's key: bounded in time and in size, never repeated, and sorted by what
/// is known of it afterwards.
/// </summary>
internal sealed class FalTransport(HttpClient http, FalOptions options, TimeProvider time)
{
    /// <summary>The longest answer that is read. A result is about 1 kB.</summary>
    public const int MaxAnswerBytes = 1024 * 1024;

    public async Task<FalReply> SendAsync(HttpRequestMessage request, TimeSpan timeout, CancellationToken cancellationToken)
    {
        request.Headers.Authorization = new AuthenticationHeaderValue("Key", options.Key);
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        using var deadline = new CancellationTokenSource(timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token);
            var body = await ProviderHttp.ReadAtMostAsync(response.Content, MaxAnswerBytes, either.Token);
            var status = (int)response.StatusCode;
            return body is null
                ? new FalReply.Lost($"HTTP {status} with more than {MaxAnswerBytes} bytes")
                : new FalReply.Answer(status, body, response.Headers);
        }
        catch (HttpRequestException e) when (NothingWasSent(e.HttpRequestError))
        {
            return new FalReply.NotSent($"no connection ({e.HttpRequestError})");
        }
        catch (HttpRequestException e)
        {
            return new FalReply.Lost($"connection failed ({e.HttpRequestError})");
        }
        catch (IOException)
        {
            return new FalReply.Lost("connection failed while the answer was read");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new FalReply.Lost($"no answer within {timeout.TotalSeconds:0.#} s");
        }
    }

    /// <summary>
    /// DNS, connect, TLS and proxy CONNECT failures happen before the first byte of the request leaves. Everything
    /// else (reset, early end, malformed answer, unknown) may come after fal has read the request. A time-out while
    /// connecting cannot be told from one while waiting, so it counts as sent.
    /// </summary>
    private static bool NothingWasSent(HttpRequestError error) => error
        is HttpRequestError.NameResolutionError
        or HttpRequestError.ConnectionError
        or HttpRequestError.SecureConnectionError
        or HttpRequestError.ProxyTunnelError;
}
