using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using OviFunctions.Embedded.Engine;
using OviFunctions.Tests.Embedded.Engine;
using OviFunctions.Tests.Embedded.Hosting.Support;

namespace OviFunctions.Tests.Embedded.Hosting;

public sealed class EngineHealthCheckTests
{
    [Fact]
    public async Task Health_AnInstanceIsHeld_IsDegradedAndNamesItUntilItEnds()
    {
        await using var app = await TestApp.StartAsync(typeof(PatientFlow));
        var client = app.Host.Services.GetRequiredService<DurableTaskClient>();
        Assert.Equal(HealthStatus.Healthy, (await CheckAsync(app)).Status);

        await client.ScheduleNewOrchestrationInstanceAsync("Patient", new StartOrchestrationOptions("ahead") { Version = "9.0" });

        await EngineHost.UntilAsync(async () => (await CheckAsync(app)).Status == HealthStatus.Degraded);
        Assert.Contains("'ahead': The orchestration version '9.0' is greater", (await CheckAsync(app)).Description, StringComparison.Ordinal);
        await client.TerminateInstanceAsync("ahead");
        Assert.Equal(HealthStatus.Healthy, (await CheckAsync(app)).Status);
    }

    [Fact]
    public async Task Health_EngineIsStopped_IsUnhealthy()
    {
        await using var app = await TestApp.StartAsync(typeof(PatientFlow));

        await app.Host.Services.GetRequiredService<OrchestrationEngine>().StopAsync();

        Assert.Equal(HealthStatus.Unhealthy, (await CheckAsync(app)).Status);
    }

    private static async Task<HealthReportEntry> CheckAsync(TestApp app) =>
        (await app.Host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync()).Entries["engine"];
}

internal sealed class PatientFlow
{
    [Function("Patient")]
    public static Task<string> RunAsync([OrchestrationTrigger] TaskOrchestrationContext context) => context.WaitForExternalEvent<string>("Go");
}
