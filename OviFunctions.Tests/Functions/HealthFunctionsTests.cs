using Azure;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using OviFunctions.Functions;
using OviFunctions.Storage;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Functions;

/// <summary>What probes of load balancers see.</summary>
public sealed class HealthFunctionsTests
{
    private readonly MemoryRecordStore _records = new();

    [Fact]
    public async Task Live_Process_IsUp()
    {
        var exchange = new HttpExchange();

        await exchange.AnswerAsync(HealthFunctions.Live(exchange.Request));

        Assert.Equal((200, """{"status":"up"}""", "no-store"), (exchange.Status, exchange.Text, exchange.Header("Cache-Control")));
    }

    [Fact]
    public async Task Ready_StorageAnswers_Is200()
    {
        var answer = await ReadyAsync();

        Assert.Equal((200, """{"status":"ready","parts":{"storage":"healthy"}}"""), (answer.Status, answer.Text));
    }

    public static TheoryData<Exception> Outages =>
    [
        new RequestFailedException(503, "ServerBusy: account hunter2"),
        new RequestFailedException(404, "ContainerNotFound"),
        new AggregateException(new RequestFailedException(0, "No connection could be made to hunter2")),
    ];

    [Theory]
    [MemberData(nameof(Outages), DisableDiscoveryEnumeration = true)]
    public async Task Ready_StorageDoesNot_Is503WithoutDetails(Exception outage)
    {
        _records.Before = (_, _) => throw outage;

        var answer = await ReadyAsync();

        Assert.Equal((503, """{"status":"not_ready","parts":{"storage":"unhealthy"}}"""), (answer.Status, answer.Text));
    }

    [Fact]
    public async Task Ready_APartIsDegraded_Is200AndSaysSo()
    {
        var answer = await ReadyAsync(checks => checks.AddCheck("engine", () => HealthCheckResult.Degraded("job hunter2 is parked")));

        Assert.Equal((200, """{"status":"ready","parts":{"storage":"healthy","engine":"degraded"}}"""), (answer.Status, answer.Text));
    }

    private async Task<HttpExchange> ReadyAsync(Action<IHealthChecksBuilder>? add = null)
    {
        var services = new ServiceCollection();
        services.AddLogging().AddSingleton<IRecordStore>(_records);
        var checks = services.AddHealthChecks().AddCheck<StorageHealthCheck>("storage");
        add?.Invoke(checks);
        await using var provider = services.BuildServiceProvider();
        var exchange = new HttpExchange();
        return await exchange.AnswerAsync(await new HealthFunctions(provider.GetRequiredService<HealthCheckService>()).ReadyAsync(exchange.Request, default));
    }
}
