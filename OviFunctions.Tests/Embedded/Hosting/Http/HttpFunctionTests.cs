using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OviFunctions.Tests.Embedded.Hosting.Support;

namespace OviFunctions.Tests.Embedded.Hosting.Http;

/// <summary>HTTP functions through Kestrel, as a client sees them.</summary>
public sealed class HttpFunctionTests : IAsyncLifetime
{
    private readonly InvocationProbe _probe = new();
    private TestApp _app = null!;

    public async Task InitializeAsync() => _app = await TestApp.StartAsync(
        builder =>
        {
            builder.Services.AddSingleton(_probe);
            builder.Services.AddScoped<ScopedService>();
            builder.Configuration["EmbeddedHost:MaxRequestBodySize"] = "1000";
        },
        typeof(HttpFunctions), typeof(ScopeFunctions));

    public async Task DisposeAsync() => await _app.DisposeAsync();

    [Theory]
    [InlineData("text/abc", "abc")]
    [InlineData("text/a%20b%C3%A4", "a bä")]
    [InlineData("TEXT/abc", "abc")]
    [InlineData("int/-7", "-7")]
    [InlineData("long/9007199254740993", "9007199254740993")]
    [InlineData("guid/0f8fad5b-d9cb-469f-a165-70867728950e", "0f8fad5b-d9cb-469f-a165-70867728950e")]
    [InlineData("bool/true", "True")]
    [InlineData("optional/5", "5")]
    [InlineData("optional", "none")]
    [InlineData("default", "42")]
    [InlineData("Unrouted", "by name")]
    public async Task Get_RouteParameter_IsBoundByName(string path, string expected) =>
        Assert.Equal(expected, await _app.Client.GetStringAsync("api/" + path));

    [Theory]
    [InlineData("int/x")]
    [InlineData("int/99999999999")]
    [InlineData("long/1.5")]
    [InlineData("guid/x")]
    [InlineData("bool/1")]
    [InlineData("optional/x")]
    public async Task Get_RouteParameterOfAnotherType_Is400(string path)
    {
        using var response = await _app.Client.GetAsync("api/" + path);

        await AssertProblemAsync(HttpStatusCode.BadRequest, response);
    }

    [Fact]
    public async Task Get_UnknownRoute_Is404() =>
        Assert.Equal(HttpStatusCode.NotFound, (await _app.Client.GetAsync("text/abc")).StatusCode);

    [Fact]
    public async Task Delete_MethodThatIsNotServed_Is405AndNamesThoseThatAre()
    {
        using var response = await _app.Client.DeleteAsync("api/text/abc");

        Assert.Equal(HttpStatusCode.MethodNotAllowed, response.StatusCode);
        Assert.Equal(["GET", "POST"], response.Content.Headers.Allow.Order());
    }

    [Fact]
    public async Task Patch_FunctionWithoutMethods_IsServed()
    {
        using var response = await _app.Client.PatchAsync("api/Unrouted", null);

        Assert.Equal("by name", await response.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData("action", HttpStatusCode.Created, """{"name":"x","value":1}""")]
    [InlineData("action-task", HttpStatusCode.Accepted, "")]
    [InlineData("result", HttpStatusCode.OK, """{"name":"x","value":1}""")]
    [InlineData("result-valuetask", HttpStatusCode.NotFound, "")]
    [InlineData("static", HttpStatusCode.OK, "static")]
    [InlineData("void", HttpStatusCode.NoContent, "")]
    [InlineData("task", HttpStatusCode.NoContent, "")]
    [InlineData("null", HttpStatusCode.NoContent, "")]
    [InlineData("status", HttpStatusCode.Accepted, "")]
    [InlineData("written", HttpStatusCode.OK, "written")]
    [InlineData("written-buffered", HttpStatusCode.OK, "buffered")]
    public async Task Get_Result_IsWritten(string path, HttpStatusCode status, string body)
    {
        using var response = await _app.Client.GetAsync("api/returns/" + path);

        Assert.Equal(status, response.StatusCode);
        Assert.Equal(body, await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Get_Response_DoesNotNameTheServer()
    {
        using var response = await _app.Client.GetAsync("api/returns/result");

        Assert.False(response.Headers.Contains("Server"));
    }

    [Fact]
    public async Task Get_FunctionThrows_Is500WithoutDetailsAndLoggedOnce()
    {
        using var response = await _app.Client.GetAsync("api/throws");

        await AssertProblemAsync(HttpStatusCode.InternalServerError, response);
        Assert.DoesNotContain("secret", await response.Content.ReadAsStringAsync());
        var logged = Assert.Single(_app.Log.Lines, line => line.Level >= LogLevel.Error);
        Assert.Equal("Function Throws failed.", logged.Message);
        Assert.Equal("secret", logged.Exception!.Message);
    }

    [Fact]
    public async Task Get_FunctionThrowsAfterWriting_CutsTheResponseOff() =>
        await Assert.ThrowsAsync<HttpRequestException>(() => _app.Client.GetStringAsync("api/throws-late"));

    [Theory]
    [InlineData(1000, HttpStatusCode.OK)]
    [InlineData(1001, HttpStatusCode.RequestEntityTooLarge)]
    public async Task Post_BodyOfSize_IsLimitedByTheOption(int size, HttpStatusCode expected)
    {
        using var response = await _app.Client.PostAsync("api/length", new ByteArrayContent(new byte[size]));

        Assert.Equal(expected, response.StatusCode);
        Assert.DoesNotContain(_app.Log.Lines, line => line.Level >= LogLevel.Error);
    }

    [Fact]
    public async Task Post_ClientLeaves_CancelsTheFunctionsToken()
    {
        using var leaving = new CancellationTokenSource();
        var request = _app.Client.PostAsync("api/waits", new StringContent(""), leaving.Token);
        await _probe.Entered.Task.WaitAsync(TimeSpan.FromSeconds(10));

        await leaving.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => request);
        await _probe.Cancelled.Task.WaitAsync(TimeSpan.FromSeconds(10));
        Assert.DoesNotContain(_app.Log.Lines, line => line.Level >= LogLevel.Warning);
    }

    [Fact]
    public async Task Post_FunctionFailsAfterTheClientLeft_IsLoggedAllTheSame()
    {
        using var leaving = new CancellationTokenSource();
        var request = _app.Client.PostAsync("api/waits-and-fails", new StringContent(""), leaving.Token);
        await _probe.Entered.Task.WaitAsync(TimeSpan.FromSeconds(10));

        await leaving.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => request);
        await Eventually.TrueAsync(() => _app.Log.Lines.Any(line => line is { Level: LogLevel.Error, Exception.Message: "secret" }));
    }

    [Fact]
    public async Task Get_TwoRequests_HaveAScopeAndAnInstanceEach()
    {
        var first = await _app.Client.GetFromJsonAsync<JsonElement>("api/scope");
        var second = await _app.Client.GetFromJsonAsync<JsonElement>("api/scope");

        Assert.NotEqual(first.GetProperty("scoped").GetString(), second.GetProperty("scoped").GetString());
        Assert.True(first.GetProperty("sameScope").GetBoolean());
        Assert.NotEqual(first.GetProperty("invocation").GetString(), second.GetProperty("invocation").GetString());
    }

    [Fact]
    public async Task Get_FunctionClassAndItsScope_AreDisposedAfterTheRequest()
    {
        await _app.Client.GetStringAsync("api/scope");

        await _probe.InstanceDisposed.Task.WaitAsync(TimeSpan.FromSeconds(10));
        await _probe.ScopeDisposed.Task.WaitAsync(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task Get_FunctionContext_KnowsTheFunctionAndTheRequest()
    {
        var context = await _app.Client.GetFromJsonAsync<JsonElement>("api/context/7");

        Assert.Equal("Context", context.GetProperty("name").GetString());
        Assert.Equal("OviFunctions.Tests.Embedded.Hosting.Http.ScopeFunctions.Context", context.GetProperty("entryPoint").GetString());
        Assert.Equal("httpTrigger", context.GetProperty("binding").GetString());
        Assert.Equal("7", context.GetProperty("id").GetString());
        Assert.True(context.GetProperty("sameRequest").GetBoolean());
    }

    private static async Task AssertProblemAsync(HttpStatusCode status, HttpResponseMessage response)
    {
        Assert.Equal(status, response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType!.MediaType);
        using var problem = await response.Content.ReadFromJsonAsync<JsonDocument>();
        Assert.Equal((int)status, problem!.RootElement.GetProperty("status").GetInt32());
        Assert.False(problem.RootElement.TryGetProperty("detail", out _));
    }
}
