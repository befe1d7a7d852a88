using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using OviFunctions.DevStack.Faults;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.DevStack.Faults;

public sealed class FaultProxyTests : IAsyncLifetime, IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    private readonly ManualTimeProvider _time = new();
    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false }) { Timeout = Limit };
    private RequestDelegate _peer = context => context.Response.WriteAsync("peer");
    private WebApplication _peerApp = null!;
    private FaultProxy _proxy = null!;
    private int _peerCalls;

    public async Task InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0").ConfigureKestrel(kestrel => kestrel.Limits.MaxRequestBodySize = null);
        _peerApp = builder.Build();
        _peerApp.Run(async context =>
        {
            Interlocked.Increment(ref _peerCalls);
            await _peer(context);
        });
        await _peerApp.StartAsync();
        _proxy = await FaultProxy.StartAsync(PeerUrl, _time);
        _http.BaseAddress = _proxy.Url;
    }

    public async Task DisposeAsync()
    {
        await _proxy.DisposeAsync();
        await _peerApp.DisposeAsync();
    }

    public void Dispose() => _http.Dispose();

    private Uri PeerUrl => new(_peerApp.Urls.Single());

    [Fact]
    public async Task NoFault_AnswersAsThePeerDoes()
    {
        _peer = context =>
        {
            context.Response.StatusCode = 303;
            context.Response.Headers.Location = "/elsewhere";
            context.Response.Headers["X-Odd"] = new[] { "one", "two" };
            return context.Response.WriteAsync("moved");
        };

        using var response = await _http.GetAsync("/");

        Assert.Equal(303, (int)response.StatusCode);
        Assert.Equal("/elsewhere", response.Headers.Location!.OriginalString);
        Assert.Equal(["one", "two"], response.Headers.GetValues("X-Odd"));
        Assert.Equal("moved", await response.Content.ReadAsStringAsync());
        Assert.Equal(new ProxiedExchange("GET", "/", 303), Assert.Single(_proxy.Exchanges));
    }

    [Theory]
    [InlineData("/a%2Fb/../c%20d?x=%2B+&y=%e4")]
    [InlineData("/container//blob%3F?sig=a%2Fb%3D")]
    public async Task Target_ReachesThePeerByteForByte(string target)
    {
        string? seen = null;
        _peer = context =>
        {
            seen = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
            return Task.CompletedTask;
        };
        var url = new Uri(_proxy.Url.GetLeftPart(UriPartial.Authority) + target, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });

        (await _http.GetAsync(url)).Dispose();

        Assert.Equal(target, seen);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Host_IsThePeersOwn_UnlessKept(bool keepHost)
    {
        string? seen = null;
        _peer = context =>
        {
            seen = context.Request.Host.Value;
            return Task.CompletedTask;
        };
        await using var proxy = await FaultProxy.StartAsync(PeerUrl, _time, keepHost: keepHost);

        (await _http.GetAsync(proxy.Url)).Dispose();

        Assert.Equal((keepHost ? proxy.Url : PeerUrl).Authority, seen);
    }

    [Fact]
    public async Task RequestHeaders_ReachThePeer_ButNotThoseOfTheConnection()
    {
        IHeaderDictionary? seen = null;
        _peer = context =>
        {
            seen = new HeaderDictionary(context.Request.Headers.ToDictionary());
            return Task.CompletedTask;
        };
        using var request = new HttpRequestMessage(HttpMethod.Put, "/") { Content = new ByteArrayContent([]) };
        request.Headers.TryAddWithoutValidation("x-ms-date", "Fri, 20 Nov 2026 12:00:00 GMT");
        request.Headers.TryAddWithoutValidation("Keep-Alive", "timeout=5");
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/xml");

        (await _http.SendAsync(request)).Dispose();

        Assert.Equal("Fri, 20 Nov 2026 12:00:00 GMT", seen!["x-ms-date"]);
        Assert.Equal("application/xml", seen.ContentType);
        Assert.Equal(0, seen.ContentLength);
        Assert.False(seen.ContainsKey("Keep-Alive"));
    }

    [Fact]
    public async Task LargeBodies_PassUnchangedInBothDirections()
    {
        const int size = 40 * 1024 * 1024; // above Kestrel's own limit of 30 MB
        _peer = async context =>
        {
            var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body, context.RequestAborted);
            await context.Response.Body.WriteAsync(body.ToArray(), context.RequestAborted);
        };
        var sent = new byte[size];
        RandomNumberGenerator.Fill(sent);

        using var response = await _http.PostAsync("/", new ByteArrayContent(sent));
        var received = await response.Content.ReadAsByteArrayAsync();

        Assert.Equal(SHA256.HashData(sent), SHA256.HashData(received));
    }

    [Fact]
    public async Task Answer_IsStreamed_NotCollectedFirst()
    {
        var more = new TaskCompletionSource();
        _peer = async context =>
        {
            await context.Response.WriteAsync("first");
            await context.Response.Body.FlushAsync();
            await more.Task;
        };

        using var response = await _http.GetAsync("/", HttpCompletionOption.ResponseHeadersRead).WaitAsync(Limit);
        await using var body = await response.Content.ReadAsStreamAsync();
        var buffer = new byte[5];
        await body.ReadExactlyAsync(buffer).AsTask().WaitAsync(Limit);

        Assert.Equal("first", Encoding.ASCII.GetString(buffer));
        more.SetResult();
    }

    [Fact]
    public async Task HoldBeforePeer_ThePeerSeesNothingUntilReleased()
    {
        var release = new TaskCompletionSource();
        var rule = _proxy.On(FaultStage.BeforePeer, Match.Request("POST", "/settle"), Fault.HoldUntil(release.Task));
        var answer = _http.PostAsync("/settle", null);
        await rule.Reached.WaitAsync(Limit);

        Assert.Equal(0, _peerCalls);
        Assert.False(answer.IsCompleted);

        release.SetResult();
        Assert.Equal(HttpStatusCode.OK, (await answer).StatusCode);
        Assert.Equal(1, _peerCalls);
    }

    [Fact]
    public async Task HoldAfterPeer_ThePeerHasActedAndTheCallerKnowsNothing()
    {
        var release = new TaskCompletionSource();
        var rule = _proxy.On(FaultStage.AfterPeer, Match.Any, Fault.HoldUntil(release.Task));
        var answer = _http.PostAsync("/settle", null);
        await rule.Reached.WaitAsync(Limit);

        Assert.Equal(1, _peerCalls);
        Assert.False(answer.IsCompleted);

        release.SetResult();
        Assert.Equal("peer", await (await answer).Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task HoldBeforePeer_CallerDies_ThePeerIsNeverAsked()
    {
        var rule = _proxy.On(FaultStage.BeforePeer, Match.Any, Fault.HoldUntil(new TaskCompletionSource().Task), times: 1);
        using (var dying = new CancellationTokenSource())
        {
            var answer = _http.PostAsync("/settle", null, dying.Token);
            await rule.Reached.WaitAsync(Limit);
            await dying.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => answer);
        }
        (await _http.GetAsync("/next")).Dispose(); // the proxy lives on

        Assert.Equal(1, _peerCalls);
    }

    [Theory]
    [InlineData(FaultStage.BeforePeer, 0)]
    [InlineData(FaultStage.AfterPeer, 1)]
    public async Task Drop_CutsTheConnection(FaultStage stage, int peerCalls)
    {
        _proxy.On(stage, Match.Any, Fault.Drop, times: 1);

        await Assert.ThrowsAsync<HttpRequestException>(() => _http.PostAsync("/", new StringContent("x")));

        Assert.Equal(peerCalls, _peerCalls);
        Assert.Null(Assert.Single(_proxy.Exchanges).Status);
        Assert.Equal("peer", await _http.GetStringAsync("/")); // once only
    }

    [Fact]
    public async Task Delay_GoesOnWhenTheTimeHasCome()
    {
        var rule = _proxy.On(FaultStage.BeforePeer, Match.Any, Fault.Delay(TimeSpan.FromMinutes(5)));
        var answer = _http.GetStringAsync("/");
        await rule.Reached.WaitAsync(Limit);
        while (_time.PendingTimers == 0) await Task.Yield();
        Assert.False(answer.IsCompleted);

        _time.Advance(TimeSpan.FromMinutes(5));

        Assert.Equal("peer", await answer);
    }

    [Theory]
    [InlineData(FaultStage.BeforePeer, 0)]
    [InlineData(FaultStage.AfterPeer, 1)]
    public async Task Answer_ReplacesThePeers(FaultStage stage, int peerCalls)
    {
        _proxy.On(stage, Match.Any, Fault.Answer(503, """{"error":"busy"}"""));

        using var response = await _http.PostAsync("/", new StringContent("x"));

        Assert.Equal(503, (int)response.StatusCode);
        Assert.Equal("application/json", response.Content.Headers.ContentType!.MediaType);
        Assert.Equal("""{"error":"busy"}""", await response.Content.ReadAsStringAsync());
        Assert.Equal(peerCalls, _peerCalls);
    }

    [Fact]
    public async Task Modify_ChangesThePeersAnswer()
    {
        _proxy.On(FaultStage.AfterPeer, Match.Any, Fault.Modify(answer => answer.WithText(answer.Text + " lies") with { Status = 201 }));

        using var response = await _http.GetAsync("/");

        Assert.Equal(201, (int)response.StatusCode);
        Assert.Equal("peer lies", await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Rules_StrikeOnlyWhatTheyMatch_AsOftenAsTheyMay()
    {
        var rule = _proxy.On(FaultStage.BeforePeer, Match.Request("POST", path => path.StartsWith("/jobs/", StringComparison.Ordinal)), Fault.Answer(500), times: 2);

        var statuses = new List<int>();
        foreach (var path in new[] { "/jobs/1", "/other", "/jobs/2", "/jobs/3" }) statuses.Add((int)(await _http.PostAsync(path, null)).StatusCode);
        statuses.Add((int)(await _http.GetAsync("/jobs/4")).StatusCode);

        Assert.Equal([500, 200, 500, 200, 200], statuses);
        Assert.Equal(2, rule.Hits);
    }

    [Fact]
    public async Task Clear_TakesTheFaultsAway()
    {
        _proxy.On(FaultStage.BeforePeer, Match.Any, Fault.Answer(500));
        _proxy.Clear();

        Assert.Equal("peer", await _http.GetStringAsync("/"));
    }

    [Fact]
    public async Task PeerThatIsDown_LooksDown()
    {
        await using var proxy = await FaultProxy.StartAsync(new Uri("http://127.0.0.1:1"), _time);

        await Assert.ThrowsAsync<HttpRequestException>(() => _http.GetAsync(proxy.Url));
    }

    [Fact]
    public async Task PeerThatDiesInTheMiddle_CutsTheAnswer()
    {
        _peer = async context =>
        {
            context.Response.ContentLength = 100;
            await context.Response.WriteAsync("half");
            await context.Response.Body.FlushAsync();
            context.Abort();
        };

        await Assert.ThrowsAsync<HttpRequestException>(() => _http.GetByteArrayAsync("/"));
    }

    [Fact]
    public async Task Dispose_WhileAnExchangeIsHeld_Ends()
    {
        var proxy = await FaultProxy.StartAsync(PeerUrl, _time);
        var rule = proxy.On(FaultStage.BeforePeer, Match.Any, Fault.HoldUntil(new TaskCompletionSource().Task));
        var answer = _http.GetAsync(proxy.Url);
        await rule.Reached.WaitAsync(Limit);

        await proxy.DisposeAsync().AsTask().WaitAsync(Limit);

        await Assert.ThrowsAsync<HttpRequestException>(() => answer);
    }
}
