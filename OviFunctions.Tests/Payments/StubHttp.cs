using System.Net;
using System.Text;

namespace OviFunctions.Tests.Payments;

/// <summary>Answers HTTP requests from a script and keeps what was sent.</summary>
internal sealed class StubHttp(Func<HttpRequestMessage, string, CancellationToken, Task<HttpResponseMessage>> answer) : HttpMessageHandler
{
    public StubHttp(HttpStatusCode status, string body) : this((_, _, _) => Task.FromResult(Response(status, body))) { }

    /// <summary>Method, URL, authorization and body of each request.</summary>
    public List<(string Method, Uri Url, string? Authorization, string Body)> Sent { get; } = [];

    public static HttpResponseMessage Response(HttpStatusCode status, string body) =>
        new(status) { Content = new StringContent(body, Encoding.UTF8, "application/json") };

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var body = request.Content is null ? "" : await request.Content.ReadAsStringAsync(cancellationToken);
        Sent.Add((request.Method.Method, request.RequestUri!, request.Headers.Authorization?.ToString(), body));
        var response = await answer(request, body, cancellationToken);
        response.RequestMessage ??= request;
        return response;
    }
}
