using System.Net.Http.Headers;
using OviFunctions.Webhooks;

namespace OviFunctions.Providers;

/// <summary>
/// Sends one call to a provider with the account's key: bounded in time and in size, never repeated, and sorted by what
/// is known of it afterwards.
/// </summary>
/// <param name="http">The account's own client, over <see cref="ProviderHttp.CreateHandler"/>.</param>
/// <param name="keyHeader">The header that carries the key, for example <c>Authorization</c>.</param>
/// <param name="keyValue">Its value. Whoever builds a request sees to it that it goes to the provider's own hosts.</param>
/// <param name="time">The clock of the time-outs.</param>
internal sealed class ProviderTransport(HttpClient http, string keyHeader, string keyValue, TimeProvider time)
{
    /// <summary>The longest answer that is read. A result is about 1 kB.</summary>
    public const int MaxAnswerBytes = 1024 * 1024;

    /// <param name="request">Where it goes, and what; sent once.</param>
    /// <param name="timeout">For everything, from the connection to the last byte of the body, a stream's too.</param>
    /// <param name="cancellationToken">Ends the call; what became of it is not known then.</param>
    /// <param name="isStream">Which successes are handed over as <see cref="ProviderReply.Opened"/>, by their content headers; null for none.</param>
    public async Task<ProviderReply> SendAsync(
        HttpRequestMessage request, TimeSpan timeout, CancellationToken cancellationToken, Predicate<HttpContentHeaders>? isStream = null)
    {
        request.Headers.TryAddWithoutValidation(keyHeader, keyValue);
        if (isStream is null) request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        var deadline = new CancellationTokenSource(timeout, time);
        HttpResponseMessage? response = null;
        ProviderReply? reply = null;
        try
        {
            using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
            response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token);
            reply = response.IsSuccessStatusCode && isStream?.Invoke(response.Content.Headers) == true
                ? new ProviderReply.Opened(await ProviderStream.OpenAsync(response, deadline, either.Token), response.Headers)
                : await ReadAsync(response, either.Token);
        }
        catch (HttpRequestException e) when (NothingWasSent(e.HttpRequestError))
        {
            reply = new ProviderReply.NotSent($"no connection ({e.HttpRequestError})");
        }
        catch (HttpRequestException e)
        {
            reply = new ProviderReply.Lost($"connection failed ({e.HttpRequestError})");
        }
        catch (IOException)
        {
            reply = new ProviderReply.Lost("connection failed while the answer was read");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            reply = new ProviderReply.Lost($"no answer within {timeout.TotalSeconds:0.#} s");
        }
        finally
        {
            if (reply is not ProviderReply.Opened)
            {
                response?.Dispose();
                deadline.Dispose();
            }
        }

        return reply;
    }

    private async Task<ProviderReply> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var status = (int)response.StatusCode;
        return await ProviderHttp.ReadAtMostAsync(response.Content, MaxAnswerBytes, cancellationToken) is { } body
            ? new ProviderReply.Answer(status, body, response.Headers) { RetryAfter = RetryAfterHeader.Read(response.Headers, time.GetUtcNow()) }
            : new ProviderReply.Lost($"HTTP {status} with more than {MaxAnswerBytes} bytes");
    }

    /// <summary>
    /// DNS, connect, TLS and proxy CONNECT failures happen before the first byte of the request leaves. Everything
    /// else (reset, early end, malformed answer, unknown) may come after the provider has read the request. A time-out while
    /// connecting cannot be told from one while waiting, so it counts as sent.
    /// </summary>
    private static bool NothingWasSent(HttpRequestError error) => error
        is HttpRequestError.NameResolutionError
        or HttpRequestError.ConnectionError
        or HttpRequestError.SecureConnectionError
        or HttpRequestError.ProxyTunnelError;
}
