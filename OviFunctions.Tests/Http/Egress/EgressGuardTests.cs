using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.AspNetCore.Http;
using OviFunctions.Http.Egress;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Http.Egress;

public sealed class EgressGuardTests : EgressTestBase
{
    [Fact]
    public async Task GetAsync_AllowedHost_ConnectsToTheResolvedAddressWithoutCookiesOrTraces()
    {
        Dictionary<string, string> headers = [];
        await using var server = await LoopbackServer.StartAsync(context =>
        {
            headers = context.Request.Headers.ToDictionary(h => h.Key, h => h.Value.ToString());
            context.Response.ContentType = "image/png";
            return context.Response.WriteAsync("picture");
        });
        using var guard = NewGuard(server.Port);
        using var trace = new Activity("a trace that strangers need not see").Start();

        using var response = Assert.IsType<EgressResult.Ok>(await GetAsync(guard, $"http://{Host}:{server.Port}/a.png?sig=1")).Response;

        Assert.Equal("picture", await new StreamReader(response.Content).ReadToEndAsync());
        Assert.Equal((200, "image/png"), (response.Status, response.MediaType));
        Assert.Equal([Host], Resolved);
        Assert.Equal($"{Host}:{server.Port}", headers["Host"]);
        Assert.Equal(["Accept", "Host", "User-Agent"], headers.Keys.Order());
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("169.254.169.254")]
    [InlineData("fd00::1")]
    [InlineData("1.1.1.1,10.0.0.1")]
    [InlineData("2606:4700:4700::1111,::ffff:10.0.0.1")]
    public async Task GetAsync_NameThatResolvesInside_RefusedWithoutNamingTheAddress(string addresses)
    {
        Addresses = [.. addresses.Split(',').Select(IPAddress.Parse)];
        using var guard = NewGuard();

        var refused = Assert.IsType<EgressResult.Refused>(await GetAsync(guard, "http://inside.ovi.dev/"));

        Assert.Equal(EgressRefusal.Address, refused.Reason);
        Assert.Equal("inside.ovi.dev resolves to an address that is not public; the URL must lead to a public host", refused.Message);
    }

    [Fact]
    public async Task GetAsync_NameThatPassedValidationThenMovesInside_Refused()
    {
        using var guard = NewGuard();
        Assert.True(guard.TryParse(EgressPurpose.Image, "http://moving.ovi.dev/", out _, out _));
        Assert.Empty(Resolved);

        var refused = Assert.IsType<EgressResult.Refused>(await GetAsync(guard, "http://moving.ovi.dev/"));

        Assert.Equal(EgressRefusal.Address, refused.Reason);
        Assert.Equal(["moving.ovi.dev"], Resolved);
    }

    [Fact]
    public async Task GetAsync_SecondRequest_StaysOnTheConnectionThatWasChecked()
    {
        await using var server = await LoopbackServer.StartAsync(context => context.Response.WriteAsync("picture"));
        using var guard = NewGuard(server.Port);
        for (var i = 0; i < 2; i++)
        {
            using var response = Assert.IsType<EgressResult.Ok>(await GetAsync(guard, $"http://{Host}:{server.Port}/")).Response;
            await response.Content.CopyToAsync(Stream.Null);
        }

        Assert.Equal(2, server.Requests);
        Assert.Equal([Host], Resolved);
    }

    [Fact]
    public async Task GetAsync_FirstAddressDoesNotAnswer_TakesTheNext()
    {
        await using var server = await LoopbackServer.StartAsync(context => context.Response.WriteAsync("picture"));
        Addresses = [IPAddress.Parse("127.0.0.2"), IPAddress.Loopback];
        using var guard = NewGuard(server.Port);

        using var response = Assert.IsType<EgressResult.Ok>(await GetAsync(guard, $"http://{Host}:{server.Port}/")).Response;

        Assert.Equal(200, response.Status);
    }

    [Fact]
    public async Task GetAsync_WrittenOutAddress_NotResolved()
    {
        await using var server = await LoopbackServer.StartAsync(context => context.Response.WriteAsync("picture"));
        using var guard = NewGuard(server.Port, "127.0.0.1");

        using var response = Assert.IsType<EgressResult.Ok>(await GetAsync(guard, $"http://127.0.0.1:{server.Port}/")).Response;

        Assert.Equal(200, response.Status);
        Assert.Empty(Resolved);
    }

    [Fact]
    public async Task GetAsync_Redirects_FollowsThree()
    {
        await using var server = await LoopbackServer.StartAsync(Redirects(3));
        using var guard = NewGuard(server.Port);

        using var response = Assert.IsType<EgressResult.Ok>(await GetAsync(guard, $"http://{Host}:{server.Port}/0")).Response;

        Assert.Equal("/3", response.Url.AbsolutePath);
    }

    [Fact]
    public async Task GetAsync_FourRedirects_Refused()
    {
        await using var server = await LoopbackServer.StartAsync(Redirects(4));
        using var guard = NewGuard(server.Port);

        var refused = Assert.IsType<EgressResult.Refused>(await GetAsync(guard, $"http://{Host}:{server.Port}/0"));

        Assert.Equal(EgressRefusal.Redirect, refused.Reason);
        Assert.Equal(4, server.Requests);
    }

    [Theory]
    [InlineData("http://169.254.169.254/latest/meta-data/", EgressRefusal.Address)]
    [InlineData("http://inside.ovi.dev/", EgressRefusal.Address)]
    [InlineData("http://me:secret@ovi.dev/", EgressRefusal.UserInfo)]
    [InlineData("file:///etc/passwd", EgressRefusal.Scheme)]
    [InlineData("//ovi.dev:22/", EgressRefusal.Port)]
    [InlineData("https://own.ovi.dev/", EgressRefusal.OwnHost)]
    public async Task GetAsync_RedirectToRefusedUrl_Refused(string location, EgressRefusal rule)
    {
        await using var server = await LoopbackServer.StartAsync(context =>
        {
            context.Response.StatusCode = 307;
            context.Response.Headers.Location = location;
            return Task.CompletedTask;
        });
        using var guard = NewGuard(server.Port);

        Assert.Equal(rule, Assert.IsType<EgressResult.Refused>(await GetAsync(guard, $"http://{Host}:{server.Port}/")).Reason);
    }

    [Theory]
    [InlineData(404, false)]
    [InlineData(403, false)]
    [InlineData(429, true)]
    [InlineData(503, true)]
    [InlineData(302, false)] // without a Location
    public async Task GetAsync_OtherStatus_FailedWithTheStatus(int status, bool transient)
    {
        await using var server = await LoopbackServer.StartAsync(context =>
        {
            context.Response.StatusCode = status;
            return Task.CompletedTask;
        });
        using var guard = NewGuard(server.Port);

        var failed = Assert.IsType<EgressResult.Failed>(await GetAsync(guard, $"http://{Host}:{server.Port}/"));

        Assert.Equal((EgressFailure.Status, status, transient), (failed.Reason, failed.Status!.Value, failed.Transient));
    }

    [Fact]
    public async Task GetAsync_UnknownName_FailedDns()
    {
        using var guard = NewGuard();
        Addresses = [];

        var failed = Assert.IsType<EgressResult.Failed>(await GetAsync(guard, "https://nowhere.ovi.dev/"));

        Assert.Equal((EgressFailure.Dns, true), (failed.Reason, failed.Transient));
    }

    [Fact]
    public async Task GetAsync_ClosedPort_FailedConnect()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();
        using var guard = NewGuard(port);

        Assert.Equal(EgressFailure.Connect, Assert.IsType<EgressResult.Failed>(await GetAsync(guard, $"http://{Host}:{port}/")).Reason);
    }

    [Fact]
    public async Task GetAsync_UntrustedCertificate_FailedTlsAfterAskingByHostName()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest($"CN={Host}", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UnixEpoch, new DateTimeOffset(2100, 1, 1, 0, 0, 0, TimeSpan.Zero));
        string? askedFor = null;
        await using var server = await LoopbackServer.StartAsync(_ => Task.CompletedTask, name =>
        {
            askedFor = name;
            return certificate;
        });
        using var guard = NewGuard(server.Port);

        var failed = Assert.IsType<EgressResult.Failed>(await GetAsync(guard, $"https://{Host}:{server.Port}/"));

        Assert.Equal(EgressFailure.Tls, failed.Reason);
        Assert.Equal(Host, askedFor);
        Assert.Equal(0, server.Requests);
    }

    [Theory]
    [InlineData(200)]
    [InlineData(302)]
    [InlineData(410)]
    [InlineData(503)]
    public async Task PostAsync_AnyStatus_OkAndNotRedirected(int status)
    {
        var received = "";
        var largeAnswer = new string('a', 5000);
        await using var server = await LoopbackServer.StartAsync(async context =>
        {
            var sent = await new StreamReader(context.Request.Body).ReadToEndAsync();
            received = $"{context.Request.Method} {context.Request.Headers["webhook-id"]} {sent}";
            context.Response.StatusCode = status;
            context.Response.Headers.Location = "/elsewhere";
            context.Response.Headers.RetryAfter = "7";
            context.Response.ContentLength = largeAnswer.Length;
            await context.Response.WriteAsync(largeAnswer);
        });
        using var guard = NewGuard(server.Port);
        using var body = new StringContent("{}", Encoding.UTF8, "application/json");

        using var response = Assert.IsType<EgressResult.Ok>(await guard.PostAsync(
            EgressPurpose.Webhook,
            $"http://{Host}:{server.Port}/hook",
            body,
            new Dictionary<string, string> { ["webhook-id"] = "msg_1" },
            default)).Response;

        Assert.Equal(status, response.Status);
        Assert.Equal(TimeSpan.FromSeconds(7), response.Headers.RetryAfter?.Delta);
        Assert.Equal("POST msg_1 {}", received);
        Assert.Equal(1, server.Requests);
    }

    private static RequestDelegate Redirects(int count) => context =>
    {
        var step = int.Parse(context.Request.Path.Value![1..], System.Globalization.CultureInfo.InvariantCulture);
        if (step == count) return context.Response.WriteAsync("here");
        context.Response.StatusCode = 302;
        context.Response.Headers.Location = $"/{step + 1}";
        return Task.CompletedTask;
    };
}
