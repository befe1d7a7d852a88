using System.Net;
using System.Text;

namespace OviFunctions.Tests.Support;

/// <summary>An HTTP peer that answers as a test wrote down, and remembers what it was asked.</summary>
public sealed class ScriptedHandler : HttpMessageHandler
{
    private readonly Lock _gate = new();
    private readonly Queue<Func<CancellationToken, Task<HttpResponseMessage>>> _answers = [];
    private readonly List<ScriptedRequest> _requests = [];

    public IReadOnlyList<ScriptedRequest> Requests
    {
        get
        {
            lock (_gate) return [.. _requests];
        }
    }

    public ScriptedHandler Answer(int status, string body, params IEnumerable<(string Name, string Value)> headers) => Then(_ =>
    {
        var content = new StringContent(body, Encoding.UTF8, "application/json");
        var response = new HttpResponseMessage((HttpStatusCode)status) { Content = content };
        foreach (var (name, value) in headers) response.Headers.TryAddWithoutValidation(name, value);
        return Task.FromResult(response);
    });

    public ScriptedHandler Fail(Exception exception) => Then(_ => Task.FromException<HttpResponseMessage>(exception));

    public ScriptedHandler Hang() => Then(async cancellationToken =>
    {
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
        throw new InvalidOperationException("An endless wait ended.");
    });

    public ScriptedHandler Then(Func<CancellationToken, Task<HttpResponseMessage>> answer)
    {
        lock (_gate) _answers.Enqueue(answer);
        return this;
    }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var body = request.Content is null ? "" : await request.Content.ReadAsStringAsync(cancellationToken);
        var headers = request.Headers.Concat(request.Content?.Headers.AsEnumerable() ?? []).ToDictionary(
            h => h.Key, h => string.Join(",", h.Value), StringComparer.OrdinalIgnoreCase);
        Func<CancellationToken, Task<HttpResponseMessage>>? answer;
        lock (_gate)
        {
            _requests.Add(new ScriptedRequest(request.Method.Method, request.RequestUri!, headers, body));
            if (!_answers.TryDequeue(out answer))
                throw new InvalidOperationException($"Nothing is scripted for {request.Method} {request.RequestUri}.");
        }

        var response = await answer(cancellationToken);
        response.RequestMessage = request;
        return response;
    }
}

/// <summary>A request that a <see cref="ScriptedHandler"/> got.</summary>
public sealed record ScriptedRequest(string Method, Uri Url, IReadOnlyDictionary<string, string> Headers, string Body);
