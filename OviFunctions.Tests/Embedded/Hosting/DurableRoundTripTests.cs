using System.Net;
using System.Net.Http.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using OviFunctions.Embedded.Engine;
using OviFunctions.Embedded.Hosting;
using OviFunctions.Tests.Embedded.Hosting.Support;

namespace OviFunctions.Tests.Embedded.Hosting;

/// <summary>HTTP function, orchestrator and activity together: Kestrel, the real engine, and its database.</summary>
public sealed class DurableRoundTripTests : IDisposable
{
    private readonly TestFolder _folder = new();
    private readonly ChargeCounter _charges = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Post_Order_RunsItsOrchestrationAndReturnsTheOutput()
    {
        await using var app = await TestApp.StartAsync(builder => builder.Services.AddSingleton(_charges), typeof(OrderFunctions));

        using var response = await app.Client.PostAsync("api/orders/o1", JsonContent.Create(20));

        Assert.Equal("""{"Order":"o1","Charged":42,"Function":"ProcessOrder"}""", await response.Content.ReadAsStringAsync());
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(1, _charges.Count);
    }

    [Fact]
    public async Task Post_OrderThatIsRunning_IsAConflict()
    {
        await using var app = await TestApp.StartAsync(builder => builder.Services.AddSingleton(_charges), typeof(OrderFunctions));
        await app.Client.PostAsync("api/approvals/a1", null);

        using var response = await app.Client.PostAsync("api/approvals/a1", null);

        Assert.Equal(HttpStatusCode.Conflict, response.StatusCode);
    }

    [Fact]
    public async Task Restart_OrchestrationWaits_GoesOnWhereItWas()
    {
        using (var first = await StartOnDiskAsync())
        {
            using var client = new HttpClient { BaseAddress = TestApp.AddressOf(first) };
            await client.PostAsync("api/approvals/a1", null);
            await Eventually.TrueAsync(() => _charges.Count == 1);
            await first.StopAsync();
        }

        Assert.True(File.Exists(_folder[".data/TestHubName.db"]));
        using var second = await StartOnDiskAsync();
        using var secondClient = new HttpClient { BaseAddress = TestApp.AddressOf(second) };
        using var response = await secondClient.PutAsync("api/approvals/a1", new StringContent("yes"));

        Assert.Equal("\"approved: yes\"", await response.Content.ReadAsStringAsync());
        Assert.Equal(1, _charges.Count);
        await second.StopAsync();
    }

    [Fact]
    public async Task Start_DatabaseIsInUse_SaysSo()
    {
        using var first = await StartOnDiskAsync();

        var failure = await Assert.ThrowsAsync<EmbeddedHostException>(StartOnDiskAsync);

        Assert.Contains("TestHubName.db' cannot be locked", Assert.Single(failure.Problems));
        await first.StopAsync();
    }

    [Fact]
    public async Task Post_TestSwitchInTheConfiguration_ReachesTheEngine()
    {
        await using var app = await TestApp.StartAsync(
            builder =>
            {
                builder.Services.AddSingleton(_charges);
                builder.Configuration["EmbeddedHost:TestSwitches:RunActivitiesTwice"] = "true";
            },
            typeof(OrderFunctions));

        await app.Client.PostAsync("api/orders/o1", JsonContent.Create(20));

        Assert.Equal(2, _charges.Count);
    }

    [Fact]
    public async Task Post_NothingCanBeRecorded_Is503UntilItCan()
    {
        var broken = true;
        await using var app = await TestApp.StartAsync(
            builder =>
            {
                builder.Services.AddSingleton(_charges);
                builder.Services.AddSingleton(new EngineOptions
                {
                    TestSwitches = new EngineTestSwitches { OnCommit = _ => { if (Volatile.Read(ref broken)) throw new IOException("disk on fire"); } },
                });
            },
            typeof(OrderFunctions));

        using var failed = await app.Client.PostAsync("api/orders/o1", JsonContent.Create(20));
        using var refused = await app.Client.PostAsync("api/orders/o1", JsonContent.Create(20));

        Assert.Equal((HttpStatusCode.ServiceUnavailable, HttpStatusCode.ServiceUnavailable), (failed.StatusCode, refused.StatusCode));
        Assert.Equal(TimeSpan.FromSeconds(1), refused.Headers.RetryAfter!.Delta);
        var health = app.Host.Services.GetRequiredService<HealthCheckService>();
        Assert.Equal(HealthStatus.Unhealthy, (await health.CheckHealthAsync()).Status);

        Volatile.Write(ref broken, false);
        while ((await health.CheckHealthAsync()).Status != HealthStatus.Healthy) await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System);
        using var accepted = await app.Client.PostAsync("api/orders/o1", JsonContent.Create(20));
        Assert.Equal(HttpStatusCode.OK, accepted.StatusCode);
    }

    [Fact]
    public async Task Stop_RequestWaitsForItsOrchestration_BothAreFinished()
    {
        await using var app = await TestApp.StartAsync(builder => builder.Services.AddSingleton(_charges), typeof(OrderFunctions));
        _charges.Hold = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var request = app.Client.PostAsync("api/orders/o1", JsonContent.Create(20));
        await Eventually.TrueAsync(() => _charges.Count == 1);

        var stop = app.Host.StopAsync();
        _charges.Hold.SetResult();

        using var response = await request;
        Assert.Contains("\"Charged\":42", await response.Content.ReadAsStringAsync());
        await stop;
    }

    private async Task<IHost> StartOnDiskAsync()
    {
        var builder = TestApp.CreateBuilder(_folder, typeof(OrderFunctions));
        builder.Services.AddSingleton(_charges);
        builder.Services.Configure<EmbeddedHostOptions>(options => options.DatabasePath = null);
        var host = builder.Build();
        try
        {
            await host.StartAsync();
            return host;
        }
        catch
        {
            host.Dispose();
            throw;
        }
    }
}

internal sealed class ChargeCounter
{
    private int _count;

    public int Count => Volatile.Read(ref _count);

    public TaskCompletionSource? Hold { get; set; }

    public void Add() => Interlocked.Increment(ref _count);
}

internal sealed record OrderReceipt(string Order, int Charged, string Function);

internal sealed class OrderFunctions(ChargeCounter charges)
{
    [Function("PostOrder")]
    public static async Task<IResult> PostAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "orders/{id}")] HttpRequest request,
        string id, [DurableClient] DurableTaskClient client, CancellationToken cancellationToken)
    {
        var amount = await request.ReadFromJsonAsync<int>(cancellationToken);
        await client.ScheduleNewOrchestrationInstanceAsync(
            "ProcessOrder", amount, new StartOrchestrationOptions(InstanceId: id), cancellationToken);
        return await ResultAsync(client, id, cancellationToken);
    }

    [Function("PostApproval")]
    public static async Task<IResult> PostApprovalAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "approvals/{id}")] HttpRequest request,
        string id, [DurableClient] DurableTaskClient client, CancellationToken cancellationToken)
    {
        try
        {
            await client.ScheduleNewOrchestrationInstanceAsync("Approve", new StartOrchestrationOptions(InstanceId: id), cancellationToken);
            return Results.Accepted();
        }
        catch (InvalidOperationException e)
        {
            return Results.Conflict(e.Message);
        }
    }

    [Function("PutApproval")]
    public static async Task<IResult> PutApprovalAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "put", Route = "approvals/{id}")] HttpRequest request,
        string id, [DurableClient] DurableTaskClient client, CancellationToken cancellationToken)
    {
        using var body = new StreamReader(request.Body);
        await client.RaiseEventAsync(id, "approval", await body.ReadToEndAsync(cancellationToken), cancellationToken);
        return await ResultAsync(client, id, cancellationToken);
    }

    [Function("ProcessOrder")]
    public static async Task<OrderReceipt> ProcessAsync(
        [OrchestrationTrigger] TaskOrchestrationContext context, int amount, FunctionContext function)
    {
        var charged = await context.CallActivityAsync<int>("ChargeOrder", amount);
        return new OrderReceipt(context.InstanceId, charged + amount, function.FunctionDefinition.Name);
    }

    [Function("Approve")]
    public static async Task<string> ApproveAsync([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        await context.CallActivityAsync<int>("ChargeOrder", 1);
        return $"approved: {await context.WaitForExternalEvent<string>("approval")}";
    }

    [Function("ChargeOrder")]
    public async Task<int> ChargeAsync([ActivityTrigger] int amount, string instanceId)
    {
        Assert.NotEmpty(instanceId);
        charges.Add();
        if (charges.Hold is { } hold) await hold.Task;
        return amount + 2;
    }

    private static async Task<IResult> ResultAsync(DurableTaskClient client, string id, CancellationToken cancellationToken)
    {
        var instance = await client.WaitForInstanceCompletionAsync(id, getInputsAndOutputs: true, cancellationToken);
        return Results.Text(instance.SerializedOutput);
    }
}
