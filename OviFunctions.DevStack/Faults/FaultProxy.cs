using System.Collections.Immutable;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace OviFunctions.DevStack.Faults;

/// <summary>One exchange that went through a proxy.</summary>
/// <param name="Status">What the caller got; null when it got nothing.</param>
internal sealed record ProxiedExchange(string Method, string Path, int? Status);

/// <summary>
/// An HTTP proxy in front of a peer that does nothing until told to: then it holds, cuts, delays or changes exchanges,
/// before the peer has seen the request or after it has acted. The instrument for fault tests and crash points.
/// </summary>
/// <remarks>
/// <code>
/// var release = new TaskCompletionSource();
/// var settled = proxy.On(FaultStage.AfterPeer, Match.Request("POST", "/settle"), Fault.HoldUntil(release.Task));
/// await settled.Reached;      // the money has moved, the gateway does not know
/// await gateway.KillAsync();
/// </code>
/// Bodies are streamed, except for small JSON, into which rules can look (<see cref="Match.Body"/>). The peer gets the
/// caller's headers, with the peer's own Host unless <c>keepHost</c>.
/// </remarks>
internal sealed class FaultProxy : IAsyncDisposable
{
    private const int KeptExchanges = 1000;
    private const int SmallBody = 64 * 1024;

    private readonly CancellationTokenSource _closing = new();
    private readonly PeerForwarder _forwarder;
    private readonly TimeProvider _time;
    private readonly WebApplication _app;
    private ImmutableList<FaultRule> _rules = [];
    private readonly Lock _gate = new();
    private readonly Queue<ProxiedExchange> _exchanges = new();

    private FaultProxy(Uri peer, int port, bool keepHost, TimeProvider time)
    {
        _forwarder = new PeerForwarder(peer, keepHost);
        _time = time;
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions());
        builder.Logging.ClearProviders();
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.FromSeconds(1));
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, port);
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Limits.MinRequestBodyDataRate = null;
            kestrel.Limits.MinResponseDataRate = null;
            kestrel.Limits.MaxRequestHeadersTotalSize = 128 * 1024;
            kestrel.RequestHeaderEncodingSelector = _ => Encoding.Latin1;
            kestrel.ResponseHeaderEncodingSelector = _ => Encoding.Latin1;
        });
        _app = builder.Build();
        _app.Run(HandleAsync);
    }

    /// <summary>Where callers reach the peer through this proxy.</summary>
    public Uri Url { get; private set; } = null!;

    /// <summary>The newest exchanges, oldest first.</summary>
    public IReadOnlyList<ProxiedExchange> Exchanges
    {
        get
        {
            lock (_gate) return [.. _exchanges];
        }
    }

    /// <param name="port">0 takes a free one.</param>
    /// <param name="keepHost">The peer gets the Host that the caller sent, for peers that build URLs from it.</param>
    public static async Task<FaultProxy> StartAsync(Uri peer, TimeProvider time, int port = 0, bool keepHost = false)
    {
        var proxy = new FaultProxy(peer, port, keepHost, time);
        await proxy._app.StartAsync();
        proxy.Url = new Uri(proxy._app.Urls.Single());
        return proxy;
    }

    /// <summary>Puts a fault in place. Rules are tried in the order of their making.</summary>
    /// <param name="times">How many exchanges it strikes.</param>
    public FaultRule On(FaultStage stage, Func<HttpRequest, bool> matches, FaultAction action, int times = int.MaxValue)
    {
        var rule = new FaultRule(stage, matches, action, times);
        ImmutableInterlocked.Update(ref _rules, rules => rules.Add(rule));
        return rule;
    }

    /// <summary>Takes one fault away.</summary>
    public void Off(FaultRule rule) => ImmutableInterlocked.Update(ref _rules, rules => rules.Remove(rule));

    /// <summary>Takes all faults away; exchanges that are held stay held until released.</summary>
    public void Clear() => ImmutableInterlocked.Update(ref _rules, _ => []);

    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        await _app.DisposeAsync();
        _forwarder.Dispose();
        _closing.Dispose();
    }

    private async Task HandleAsync(HttpContext context)
    {
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, _closing.Token);
        int? status = null;
        try
        {
            await ReadAheadAsync(context.Request, ends.Token);
            status = await ExchangeAsync(context, ends.Token);
        }
        catch (Exception e) when (e is OperationCanceledException or HttpRequestException or IOException)
        {
            // The caller or the peer has gone. The caller sees what it would have seen without us: a cut connection.
        }
        Record(new ProxiedExchange(context.Request.Method, context.Request.Path, status));
        if (status is null) context.Abort();
    }

    private static async Task ReadAheadAsync(HttpRequest request, CancellationToken ends)
    {
        if (!request.HasJsonContentType() || request.ContentLength is not (> 0 and <= SmallBody)) return;
        var body = new MemoryStream((int)request.ContentLength);
        await request.Body.CopyToAsync(body, ends);
        body.Position = 0;
        request.Body = body;
        Match.SetBody(request, Encoding.UTF8.GetString(body.GetBuffer(), 0, (int)body.Length));
    }

    /// <summary>Before, peer, after, answer. Gives the status that the caller got; null cuts the connection.</summary>
    private async Task<int?> ExchangeAsync(HttpContext context, CancellationToken ends)
    {
        var outcome = await StrikeAsync(FaultStage.BeforePeer, context.Request, null, ends);
        if (outcome is not FaultOutcome.Continue) return await EndAsync(outcome, context.Response, ends);

        using var peer = await _forwarder.SendAsync(context, ends);
        outcome = await StrikeAsync(FaultStage.AfterPeer, context.Request, peer, ends);
        if (outcome is not FaultOutcome.Continue) return await EndAsync(outcome, context.Response, ends);

        await PeerForwarder.CopyAsync(peer, context.Response, ends);
        return context.Response.StatusCode;
    }

    private async Task<FaultOutcome> StrikeAsync(FaultStage stage, HttpRequest request, HttpResponseMessage? peer, CancellationToken ends)
    {
        foreach (var rule in _rules)
        {
            if (!rule.TryStrike(stage, request)) continue;
            if (await rule.Action(peer, _time, ends) is var outcome and not FaultOutcome.Continue) return outcome;
        }
        return new FaultOutcome.Continue();
    }

    private static async Task<int?> EndAsync(FaultOutcome outcome, HttpResponse response, CancellationToken ends)
    {
        if (outcome is not FaultOutcome.Answer { Content: var answer }) return null;
        response.StatusCode = answer.Status;
        foreach (var (name, values) in answer.Headers)
            if (!PeerForwarder.IsHopByHop(name)) response.Headers[name] = values;
        response.ContentLength = answer.Body.Length;
        await response.Body.WriteAsync(answer.Body, ends);
        return answer.Status;
    }

    private void Record(ProxiedExchange exchange)
    {
        lock (_gate)
        {
            if (_exchanges.Count == KeptExchanges) _exchanges.Dequeue();
            _exchanges.Enqueue(exchange);
        }
    }
}
