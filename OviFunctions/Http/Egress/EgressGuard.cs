using System.Diagnostics.CodeAnalysis;
using System.Net;
using Microsoft.Extensions.Logging;

namespace OviFunctions.Http.Egress;

/// <summary>
/// The only way to an URL that came from outside (<c>image_url</c>, <c>webhook_url</c>, a provider's media URL).
/// Keeps requests off everything that is not the public Internet (server-side request forgery, OWASP API7:2023).
/// One instance lives as long as the process; it holds a connection pool per purpose.
/// </summary>
public sealed partial class EgressGuard : IDisposable
{
    /// <summary>The longest URL that is taken, in characters. Room for signed URLs; an orchestration's input stays under 20 KB.</summary>
    public const int MaxUrlLength = 4096;

    private readonly ILogger<EgressGuard> _logger;
    private readonly TimeProvider _time;
    private readonly EgressUrl _rules;
    private readonly Dictionary<EgressPurpose, (EgressPolicy Policy, HttpClient Client)> _lanes;

    /// <exception cref="ArgumentException">An entry of the options is malformed.</exception>
    public EgressGuard(EgressOptions options, TimeProvider time, ILogger<EgressGuard> logger)
        : this(options, time, logger, Dns.GetHostAddressesAsync, EgressPolicy.For) { }

    internal EgressGuard(
        EgressOptions options,
        TimeProvider time,
        ILogger<EgressGuard> logger,
        EgressResolver resolve,
        Func<EgressPurpose, EgressPolicy> policies)
    {
        _logger = logger;
        _time = time;
        var hosts = new EgressHosts(options);
        _rules = new EgressUrl(hosts);
        var connector = new EgressConnector(hosts, resolve);
        _lanes = Enum.GetValues<EgressPurpose>().ToDictionary(
            purpose => purpose,
            purpose => (policies(purpose), NewClient(policies(purpose), options, connector)));
    }

    /// <summary>
    /// The check that needs no network, for validation: syntax, scheme, userinfo, host, port, written-out address.
    /// An URL that passes can still be refused later, when its address is known or when it redirects.
    /// </summary>
    public bool TryParse(
        EgressPurpose purpose, string? text, [NotNullWhen(true)] out Uri? url, [NotNullWhen(false)] out EgressResult.Refused? refused) =>
        _rules.TryParse(_lanes[purpose].Policy, text, out url, out refused);

    /// <summary>GET, with redirects as the purpose allows. <see cref="EgressResult.Ok"/> only for a 2xx.</summary>
    public async Task<EgressResult> GetAsync(EgressPurpose purpose, string url, CancellationToken cancellationToken)
    {
        var result = await SendAsync(purpose, url, target => new HttpRequestMessage(HttpMethod.Get, target), cancellationToken);
        if (result is not EgressResult.Ok { Response: var response }) return result;
        EgressResult.Failed? failed = null;
        if (response.Status is < 200 or >= 300) failed = EgressFailures.Status(response.Status);
        else if (response.Length > _lanes[purpose].Policy.MaxBytes) failed = EgressFailures.TooLarge(_lanes[purpose].Policy.MaxBytes);
        if (failed is null) return result;

        response.Dispose();
        return Note(purpose, response.Url, failed);
    }

    /// <summary>
    /// POST, without redirects. <see cref="EgressResult.Ok"/> for every status: what a 410 or a Retry-After means is
    /// the caller's business, and so is the answer's body, which need not be read. The caller disposes the content.
    /// </summary>
    public Task<EgressResult> PostAsync(
        EgressPurpose purpose,
        string url,
        HttpContent content,
        IReadOnlyDictionary<string, string> headers,
        CancellationToken cancellationToken) =>
        SendAsync(
            purpose,
            url,
            target =>
            {
                var request = new HttpRequestMessage(HttpMethod.Post, target) { Content = content };
                foreach (var (name, value) in headers) request.Headers.Add(name, value);
                return request;
            },
            cancellationToken);

    public void Dispose()
    {
        foreach (var (_, client) in _lanes.Values) client.Dispose();
    }

    private async Task<EgressResult> SendAsync(
        EgressPurpose purpose, string text, Func<Uri, HttpRequestMessage> newRequest, CancellationToken cancellationToken)
    {
        var (policy, client) = _lanes[purpose];
        if (!_rules.TryParse(policy, text, out var url, out var refused)) return Note(purpose, null, refused);

        var deadline = new CancellationTokenSource(policy.TotalTimeout, _time);
        EgressResult? result = null;
        try
        {
            using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
            result = await FollowAsync(policy, client, url, newRequest, deadline, either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            result = EgressFailures.Timeout();
        }
        catch (HttpRequestException e)
        {
            result = EgressFailures.From(e);
        }
        finally
        {
            if (result is not EgressResult.Ok) deadline.Dispose();
        }

        return Note(purpose, url, result);
    }

    private async Task<EgressResult> FollowAsync(
        EgressPolicy policy,
        HttpClient client,
        Uri url,
        Func<Uri, HttpRequestMessage> newRequest,
        CancellationTokenSource deadline,
        CancellationToken cancellationToken)
    {
        for (var redirects = 0; ; redirects++)
        {
            var request = newRequest(url);
            var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            if (request.Method != HttpMethod.Get || Location(response) is not { } location)
            {
                var body = await response.Content.ReadAsStreamAsync(cancellationToken);
                var limited = new EgressStream(body, policy.MaxBytes, deadline.Token);
                return new EgressResult.Ok(new EgressResponse(response, url, limited, deadline));
            }

            response.Dispose();
            if (redirects == policy.MaxRedirects)
            {
                return new EgressResult.Refused(
                    EgressRefusal.Redirect, $"the URL redirects more than {policy.MaxRedirects} times; give the last one");
            }

            if (!_rules.TryFollow(policy, url, location, out var next, out var refused)) return refused;
            url = next;
        }
    }

    private static Uri? Location(HttpResponseMessage response) => response.StatusCode switch
    {
        HttpStatusCode.MovedPermanently or HttpStatusCode.Found or HttpStatusCode.SeeOther
            or HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect => response.Headers.Location,
        _ => null,
    };

    private static HttpClient NewClient(EgressPolicy policy, EgressOptions options, EgressConnector connector)
    {
        var handler = new SocketsHttpHandler
        {
            ConnectCallback = connector.ConnectAsync,
            ConnectTimeout = policy.ConnectTimeout,
            MaxConnectionsPerServer = policy.MaxConnectionsPerHost,
            // A connection keeps the address that was checked; a new one is checked anew.
            PooledConnectionLifetime = TimeSpan.FromMinutes(2),
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            MaxResponseHeadersLength = 32,
            MaxResponseDrainSize = 0,
            // No trace ids for strangers.
            ActivityHeadersPropagator = null,
        };
        var client = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
        client.DefaultRequestHeaders.UserAgent.ParseAdd(options.UserAgent);
        client.DefaultRequestHeaders.Accept.ParseAdd(policy.Accept);
        return client;
    }
}
