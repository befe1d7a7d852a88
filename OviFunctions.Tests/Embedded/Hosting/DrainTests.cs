using System.Net;
using DurableTask.Core.Exceptions;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OviFunctions.Embedded.Hosting;
using OviFunctions.Tests.Embedded.Hosting.Support;

namespace OviFunctions.Tests.Embedded.Hosting;

/// <summary>A host that was started with <c>--drain</c>.</summary>
public sealed class DrainTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Drain_AJobRuns_ItIsFinishedWithAllItStartsAndTheHostEnds()
    {
        await UseAsync(async client => Assert.Equal(HttpStatusCode.NoContent, (await client.PostAsync("api/jobs/old", null)).StatusCode));

        var log = await UseAsync(
            async client =>
            {
                using var refused = await client.PostAsync("api/jobs/new", null);
                Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
                Assert.NotNull(refused.Headers.RetryAfter);
                Assert.Equal(HttpStatusCode.Conflict, (await client.PostAsync("api/jobs/old", null)).StatusCode);
                Assert.Equal(HttpStatusCode.NoContent, (await client.PutAsync("api/jobs/old", null)).StatusCode);
            },
            "--drain");

        Assert.DoesNotContain("Timer function OnceMore failed.", log);
        Assert.Contains("Drained: no orchestration runs any more", log);
        await UseAsync(async client =>
        {
            Assert.Equal("Completed", await client.GetStringAsync("api/jobs/old"));
            Assert.Equal("Completed", await client.GetStringAsync("api/jobs/old-hook"));
            Assert.Equal("none", await client.GetStringAsync("api/jobs/new"));
        });
    }

    [Fact]
    public async Task Drain_NothingRuns_TheHostEndsAtOnce() => await UseAsync(_ => Task.CompletedTask, "--drain");

    [Fact]
    public async Task Drain_WhatIsLeftIsSuspendedOrOfAnotherRelease_TheHostEnds()
    {
        await UseAsync(async client =>
        {
            await client.PostAsync("api/jobs/suspended", null);
            await client.PatchAsync("api/jobs/suspended", null);
            await client.PostAsync("api/jobs/ahead?version=9.0", null);
        });

        await UseAsync(_ => Task.CompletedTask, "--drain");

        await UseAsync(async client =>
        {
            Assert.Equal("Suspended", await client.GetStringAsync("api/jobs/suspended"));
            Assert.Equal("Pending", await client.GetStringAsync("api/jobs/ahead"));
        });
    }

    /// <summary>One run of the host, and what it logged. Where it drains, it ends by itself.</summary>
    private async Task<string[]> UseAsync(Func<HttpClient, Task> use, params string[] arguments)
    {
        var builder = TestApp.CreateBuilder(_folder, arguments, typeof(JobFlow));
        var log = new LogRecorder();
        builder.Logging.AddProvider(log);
        builder.Services.Configure<EmbeddedHostOptions>(options => options.DatabasePath = null);
        using var host = builder.Build();
        await host.StartAsync();
        using var client = new HttpClient { BaseAddress = TestApp.AddressOf(host) };
        await use(client);
        if (arguments.Length == 0) await host.StopAsync();
        else await host.WaitForShutdownAsync().WaitAsync(TimeSpan.FromSeconds(20));
        return [.. log.Lines.Select(line => line.Message)];
    }
}

internal sealed class JobFlow
{
    [Function("Job")]
    public static async Task RunAsync([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        await context.WaitForExternalEvent<object>("Video");
        await context.CallActivityAsync("StartHook", $"{context.InstanceId}-hook");
    }

    [Function("StartHook")]
    public static Task StartHookAsync([ActivityTrigger] string id, [DurableClient] DurableTaskClient client) =>
        client.ScheduleNewOrchestrationInstanceAsync("Hook", new StartOrchestrationOptions(id));

    [Function("Hook")]
    public static Task HookAsync([OrchestrationTrigger] TaskOrchestrationContext context) => context.CallActivityAsync("Deliver");

    [Function("Deliver")]
    public static void Deliver([ActivityTrigger] string? nothing) { }

    [Function("OnceMore")]
    public static void OnceMore([TimerTrigger("0 0 0 1 1 *", RunOnStartup = true)] TimerInfo timer) =>
        throw new InvalidOperationException("Nobody has asked for me.");

    [Function("Post")]
    public static async Task<IResult> PostAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "jobs/{id}")] HttpRequest request,
        string id, [DurableClient] DurableTaskClient client)
    {
        try
        {
            var options = new StartOrchestrationOptions(id) { Version = request.Query["version"].FirstOrDefault() };
            await client.ScheduleNewOrchestrationInstanceAsync("Job", options);
            return Results.NoContent();
        }
        catch (OrchestrationAlreadyExistsException)
        {
            return Results.Conflict();
        }
    }

    [Function("Put")]
    public static async Task<IResult> PutAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "put", Route = "jobs/{id}")] HttpRequest request,
        string id, [DurableClient] DurableTaskClient client)
    {
        await client.RaiseEventAsync(id, "Video");
        return Results.NoContent();
    }

    [Function("Patch")]
    public static Task PatchAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "patch", Route = "jobs/{id}")] HttpRequest request,
        string id, [DurableClient] DurableTaskClient client) => client.SuspendInstanceAsync(id);

    [Function("Get")]
    public static async Task<IResult> GetAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "jobs/{id}")] HttpRequest request,
        string id, [DurableClient] DurableTaskClient client) =>
        Results.Text((await client.GetInstanceAsync(id))?.RuntimeStatus.ToString() ?? "none");
}
