using Microsoft.Extensions.Diagnostics.HealthChecks;
using OviFunctions.Providers.Health;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Providers.Health;

public sealed class ProvidersHealthCheckTests
{
    private readonly MemoryRecordStore _records = new();
    private readonly HealthMachine _machine;

    public ProvidersHealthCheckTests() => _machine = new(_records, new ManualTimeProvider());

    [Fact]
    public async Task Check_AllInTheRotation_IsHealthy() => Assert.Equal(HealthStatus.Healthy, (await CheckAsync()).Status);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Check_OneIsOut_IsDegradedUntilItIsBack(bool onlyAModel)
    {
        await (onlyAModel ? _machine.FailForModelAsync("a") : _machine.FailForCreditsAsync("a"));
        var result = await CheckAsync();
        Assert.Equal((HealthStatus.Degraded, "out of the rotation: fal"), (result.Status, result.Description));

        await _machine.Rotation.ResumeAsync("fal", default);

        Assert.Equal(HealthStatus.Healthy, (await CheckAsync()).Status);
    }

    [Fact]
    public async Task Check_StorageIsDown_IsNotTheProvidersFault()
    {
        _records.Before = (_, _) => throw new IOException("down");

        Assert.Equal(HealthStatus.Healthy, (await CheckAsync()).Status);
    }

    private Task<HealthCheckResult> CheckAsync() => new ProvidersHealthCheck(_machine.Settings, _machine.States).CheckHealthAsync(new HealthCheckContext());
}
