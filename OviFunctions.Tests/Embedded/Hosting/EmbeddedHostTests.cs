using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OviFunctions.Embedded.Hosting;
using OviFunctions.Tests.Embedded.Hosting.Discovery;
using OviFunctions.Tests.Embedded.Hosting.Http;
using OviFunctions.Tests.Embedded.Hosting.Support;

namespace OviFunctions.Tests.Embedded.Hosting;

/// <summary>How the host starts, refuses to start, and stops.</summary>
public sealed class EmbeddedHostTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Build_Twice_Throws()
    {
        var builder = TestApp.CreateBuilder(_folder);
        using var host = builder.Build();

        var failure = Assert.Throws<InvalidOperationException>(builder.Build);
        Assert.Equal("The application has already been built.", failure.Message);
        Assert.Throws<InvalidOperationException>(() => builder.UseMiddleware((_, next) => next()));
    }

    [Fact]
    public async Task Start_WrongFunctionsAndFiles_ReportsAllProblemsAtOnce()
    {
        _folder.Write("host.json", """{ "version": "3.0", "functionTimeout": "soon" }""");
        _folder.Write("local.settings.json", """{ "IsEncrypted": true }""");
        using var host = TestApp.CreateBuilder(_folder, typeof(AdminRoute), typeof(FunctionKey)).Build();

        var failure = await Assert.ThrowsAsync<EmbeddedHostException>(() => host.StartAsync());

        Assert.Equal(6, failure.Problems.Count);
    }

    [Fact]
    public async Task Start_HttpFunctionsWithoutConfigureFunctionsWebApplication_SaysWhatIsMissing()
    {
        var builder = FunctionsApplication.CreateBuilder(["--contentRoot", _folder.Path, "--urls", "http://127.0.0.1:0"]);
        builder.Services.Configure<EmbeddedHostOptions>(options =>
            (options.FunctionTypes, options.ThrowOnStartFailure) = ([typeof(HelloFunction)], true));
        using var host = builder.Build();

        var failure = await Assert.ThrowsAsync<EmbeddedHostException>(() => host.StartAsync());

        Assert.Contains("ConfigureFunctionsWebApplication()", Assert.Single(failure.Problems));
    }

    [Fact]
    public async Task Start_PortInUse_IsOneClearProblem()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var log = new LogRecorder();
        var builder = TestApp.CreateBuilder(_folder, typeof(HelloFunction));
        builder.Logging.AddProvider(log);
        builder.Configuration["urls"] = $"http://{other.LocalEndpoint}";
        using var host = builder.Build();

        var failure = await Assert.ThrowsAsync<EmbeddedHostException>(() => host.StartAsync());

        Assert.Contains($"{other.LocalEndpoint}: address already in use", Assert.Single(failure.Problems));
        Assert.DoesNotContain(log.Lines, line => line.Level >= LogLevel.Error);
    }

    [Fact]
    public async Task Start_OptionsOfTheAppAreWrong_ReportsEachFailure()
    {
        var builder = TestApp.CreateBuilder(_folder, typeof(HelloFunction));
        builder.Services.AddOptions<PriceOptions>().Validate(_ => false, "The price is missing.").ValidateOnStart();
        builder.Services.AddOptions<KeyOptions>().Validate(_ => false, "The key is missing.").ValidateOnStart();
        using var host = builder.Build();

        var failure = await Assert.ThrowsAsync<EmbeddedHostException>(() => host.StartAsync());

        Assert.Equal(["The key is missing.", "The price is missing."], failure.Problems.Order());
    }

    [Fact]
    public async Task Start_AppThrowsSomethingElse_IsNotTurnedIntoAProblem()
    {
        var builder = TestApp.CreateBuilder(_folder);
        builder.Services.AddSingleton<IHostedService>(_ => throw new InvalidCastException("a bug"));
        using var host = builder.Build();

        await Assert.ThrowsAsync<InvalidCastException>(() => host.StartAsync());
    }

    /// <summary>As a program: no exception leaves Run, so that nothing but these lines is to be seen.</summary>
    [Fact]
    public async Task Run_StartFails_WritesALinePerProblemAndSetsTheExitCode()
    {
        var builder = TestApp.CreateBuilder(_folder, typeof(AdminRoute), typeof(FunctionKey));
        builder.Services.PostConfigure<EmbeddedHostOptions>(options => options.ThrowOnStartFailure = false);
        var (error, exitCode) = (Console.Error, Environment.ExitCode);
        var written = new StringWriter();
        try
        {
            Console.SetError(TextWriter.Synchronized(written));
            await builder.Build().RunAsync().WaitAsync(TimeSpan.FromSeconds(20));

            Assert.Equal(1, Environment.ExitCode);
        }
        finally
        {
            Console.SetError(error);
            Environment.ExitCode = exitCode;
        }

        var lines = written.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Contains(lines, line => line.StartsWith("Function 'X' (OviFunctions.Tests.Embedded.Hosting.Discovery.AdminRoute.Run): "));
        Assert.Contains(lines, line => line.StartsWith("Function 'X' (OviFunctions.Tests.Embedded.Hosting.Discovery.FunctionKey.Run): "));
    }

    [Fact]
    public async Task Start_Functions_AreLoggedALineEach()
    {
        var probe = new InvocationProbe();
        probe.Leave.SetResult();
        await using var app = await TestApp.StartAsync(
            builder => builder.Services.AddSingleton(probe), typeof(HelloFunction), typeof(StubbornTimer), typeof(DurableFunctions));

        var lines = app.Log.Lines.Where(line => line.Level == LogLevel.Information).Select(line => line.Message).ToList();
        Assert.Contains($"Hello: [*] {app.Address}api/Hello", lines);
        Assert.Contains("Stubborn: timerTrigger 0 0 0 1 1 *", lines);
        Assert.Contains("Flow: orchestrationTrigger", lines);
        Assert.Contains("Double: activityTrigger", lines);
    }

    [Theory]
    [InlineData(null, 7071)]
    [InlineData("""{ "Host": { "LocalHttpPort": 7999 } }""", 7999)]
    [InlineData("""{ "Host": { "LocalHttpPort": 7999 }, "Values": { "ASPNETCORE_URLS": "http://127.0.0.1:7998" } }""", 7998)]
    public void Build_NoUrlGiven_TakesThePortOfLocalSettingsOrCoreTools(string? localSettings, int port)
    {
        if (localSettings is not null) _folder.Write("local.settings.json", localSettings);
        var builder = FunctionsApplication.CreateBuilder(["--contentRoot", _folder.Path]);
        using var host = builder.Build();

        Assert.EndsWith($":{port}", builder.Configuration["urls"]);
    }

    [Fact]
    public void Build_UrlOnTheCommandLine_Wins()
    {
        _folder.Write("local.settings.json", """{ "Host": { "LocalHttpPort": 7999 } }""");
        var builder = FunctionsApplication.CreateBuilder(["--contentRoot", _folder.Path, "--urls", "http://127.0.0.1:7997"]);
        using var host = builder.Build();

        Assert.Equal("http://127.0.0.1:7997", builder.Configuration["urls"]);
    }

    [Fact]
    public async Task Get_OriginOfLocalSettings_MayReadTheAnswer()
    {
        _folder.Write("local.settings.json", """{ "Host": { "CORS": "http://localhost:3000" } }""");
        using var host = TestApp.CreateBuilder(_folder, typeof(HelloFunction)).Build();
        await host.StartAsync();
        using var client = new HttpClient { BaseAddress = TestApp.AddressOf(host) };

        Assert.Equal("http://localhost:3000", await AllowedOriginAsync("http://localhost:3000"));
        Assert.Null(await AllowedOriginAsync("http://localhost:3001"));
        await host.StopAsync();

        async Task<string?> AllowedOriginAsync(string origin)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "api/Hello") { Headers = { { "Origin", origin } } };
            using var response = await client.SendAsync(request);
            return response.Headers.TryGetValues("Access-Control-Allow-Origin", out var values) ? values.Single() : null;
        }
    }

    [Theory]
    [InlineData("Debug", true)]
    [InlineData("Warning", false)]
    public void Build_LogLevelOfHostJson_Applies(string level, bool expected)
    {
        _folder.Write("host.json", $$"""{ "version": "2.0", "logging": { "logLevel": { "default": "{{level}}" } } }""");
        var builder = TestApp.CreateBuilder(_folder);
        builder.Logging.AddProvider(new LogRecorder());
        using var host = builder.Build();

        Assert.Equal(expected, host.Services.GetRequiredService<ILogger<EmbeddedHostTests>>().IsEnabled(LogLevel.Information));
    }

    [Fact]
    public async Task Get_NothingAskedForInHostJson_PathsAreNotLogged()
    {
        await using var app = await TestApp.StartAsync(typeof(HelloFunction));

        await app.Client.GetStringAsync("api/Hello?token=abc");

        Assert.DoesNotContain(app.Log.Lines, line => line.Message.Contains("abc"));
    }

    [Fact]
    public async Task Stop_RequestUnderWay_IsFinished()
    {
        var probe = new InvocationProbe();
        await using var app = await TestApp.StartAsync(builder => builder.Services.AddSingleton(probe), typeof(HttpFunctions));
        var request = app.Client.PostAsync("api/waits", new StringContent(""));
        await probe.Entered.Task;

        var stop = app.Host.StopAsync();
        probe.Leave.SetResult();

        using var response = await request;
        Assert.Equal("waited", await response.Content.ReadAsStringAsync());
        await stop;
    }

    [Fact]
    public async Task Stop_RequestsTookAllTheTime_ActivitiesStillHaveTheirGrace()
    {
        var probe = new InvocationProbe();
        await using var app = await TestApp.StartAsync(builder => builder.Services.AddSingleton(probe), typeof(StubbornJob));
        await app.Host.Services.GetRequiredService<DurableTaskClient>().ScheduleNewOrchestrationInstanceAsync("Job");
        await probe.Entered.Task.WaitAsync(TimeSpan.FromSeconds(10));

        var stop = app.Host.StopAsync(new CancellationToken(canceled: true));
        await probe.Cancelled.Task.WaitAsync(TimeSpan.FromSeconds(10));
        probe.Leave.SetResult();

        await Record.ExceptionAsync(() => stop);
        Assert.DoesNotContain(app.Log.Lines, line => line.Message.Contains("run again at the next start", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Stop_NewRequests_Are503WhileTheHostFinishes()
    {
        var probe = new InvocationProbe();
        await using var app = await TestApp.StartAsync(
            builder => builder.Services.AddSingleton(probe), typeof(HelloFunction), typeof(StubbornTimer));
        await probe.Entered.Task.WaitAsync(TimeSpan.FromSeconds(10));

        var stop = app.Host.StopAsync();
        await probe.Cancelled.Task.WaitAsync(TimeSpan.FromSeconds(10));
        using var response = await app.Client.GetAsync("api/Hello");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Equal(TimeSpan.FromSeconds(1), response.Headers.RetryAfter!.Delta);
        Assert.True(response.Headers.ConnectionClose);
        probe.Leave.SetResult();
        await stop;
    }
}

internal sealed class PriceOptions;

internal sealed class KeyOptions;

internal sealed class StubbornJob(InvocationProbe probe)
{
    [Function("Job")]
    public static Task OrchestrateAsync([OrchestrationTrigger] TaskOrchestrationContext context) => context.CallActivityAsync("Work");

    [Function("Work")]
    public async Task<string> WorkAsync([ActivityTrigger] string? input, CancellationToken cancellationToken)
    {
        probe.Entered.SetResult();
        await using var registration = cancellationToken.Register(probe.Cancelled.SetResult);
        await probe.Leave.Task;
        return "done";
    }
}

internal sealed class StubbornTimer(InvocationProbe probe)
{
    [Function("Stubborn")]
    public async Task RunAsync([TimerTrigger("0 0 0 1 1 *", RunOnStartup = true)] TimerInfo timer, CancellationToken cancellationToken)
    {
        using var registration = cancellationToken.Register(probe.Cancelled.SetResult);
        probe.Entered.SetResult();
        await probe.Leave.Task;
    }
}
