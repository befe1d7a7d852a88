using System.Net;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace OviFunctions.DevStack.Faults;

/// <summary>Sends a request on to the peer as it came, and the answer back, body streamed in both directions.</summary>
internal sealed class PeerForwarder(Uri peer, bool keepHost) : IDisposable
{
    // RFC 9110 section 7.6.1: they belong to one connection. Expect is answered by our own server.
    private static readonly HashSet<string> HopByHop = new(StringComparer.OrdinalIgnoreCase)
    {
        "Connection", "Expect", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authorization", "Proxy-Connection", "TE", "Trailer", "Transfer-Encoding", "Upgrade",
    };

    // The target goes out byte for byte: signatures cover it.
    private static readonly UriCreationOptions Verbatim = new() { DangerousDisablePathAndQueryCanonicalization = true };

    private readonly HttpMessageInvoker _http = new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
        UseCookies = false,
        UseProxy = false,
        ActivityHeadersPropagator = null,
        RequestHeaderEncodingSelector = (_, _) => Encoding.Latin1,
        ResponseHeaderEncodingSelector = (_, _) => Encoding.Latin1,
    });

    public static bool IsHopByHop(string header) => HopByHop.Contains(header);

    /// <summary>The peer's answer, its body unread.</summary>
    public async Task<HttpResponseMessage> SendAsync(HttpContext context, CancellationToken cancellationToken)
    {
        using var request = ToPeer(context);
        return await _http.SendAsync(request, cancellationToken);
    }

    public static async Task CopyAsync(HttpResponseMessage from, HttpResponse to, CancellationToken cancellationToken)
    {
        to.StatusCode = (int)from.StatusCode;
        foreach (var (name, values) in from.Headers.NonValidated.Concat(from.Content.Headers.NonValidated))
            if (!IsHopByHop(name)) to.Headers[name] = values.ToArray();
        await to.StartAsync(cancellationToken);
        await from.Content.CopyToAsync(to.Body, cancellationToken);
    }

    public void Dispose() => _http.Dispose();

    private HttpRequestMessage ToPeer(HttpContext context)
    {
        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        var request = new HttpRequestMessage(new HttpMethod(context.Request.Method), new Uri(peer.GetLeftPart(UriPartial.Authority) + target, in Verbatim))
        {
            Version = HttpVersion.Version11,
            Content = context.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody == true ? new StreamContent(context.Request.Body) : null,
        };
        foreach (var (name, values) in context.Request.Headers)
        {
            if (IsHopByHop(name) || (name.Equals("Host", StringComparison.OrdinalIgnoreCase) && !keepHost)) continue;
            if (request.Headers.TryAddWithoutValidation(name, values.ToArray())) continue;
            request.Content ??= new ReadOnlyMemoryContent(default); // an empty body can have a type, which signatures cover
            request.Content.Headers.TryAddWithoutValidation(name, values.ToArray());
        }
        return request;
    }
}
