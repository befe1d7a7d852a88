using Microsoft.Extensions.Logging.Abstractions;
using OviFunctions.Composition;
using OviFunctions.Payments;
using OviFunctions.Payments.Chain;
using OviFunctions.Payments.Facilitators;
using OviFunctions.Tests.Payments;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Composition;

/// <summary>The facilitators are looked at from start on, and what is wrong is said once.</summary>
public sealed class FacilitatorMonitorTests : IAsyncDisposable
{
    private static readonly SupportedOutcome Ours = new SupportedOutcome.Supported([new SupportedKind(2, "exact", "eip155:8453")]);

    private readonly ManualTimeProvider _clock = new(Samples.Now);
    private readonly MemoryRecordStore _records = new();
    private readonly ScriptedFacilitator _facilitator = new() { Supports = Ours };
    private readonly LogSink<FacilitatorMonitor> _log = new();
    private readonly FacilitatorMonitor _monitor;

    public FacilitatorMonitorTests()
    {
        var chain = new ScriptedChain();
        var trust = new FacilitatorTrust(_records, _clock, NullLogger<FacilitatorTrust>.Instance);
        _monitor = new FacilitatorMonitor(
            new FacilitatorPool([_facilitator], trust), new FacilitatorJudge(chain, new SettlementProof(chain), _records, trust),
            new Till(TestSettings.Read().Payments), _clock, _log);
    }

    [Fact]
    public async Task Works_IsSaidOnce_AndIsAskedAgainAfterTenMinutes()
    {
        await _monitor.StartAsync(default);
        await PassMinutesAsync(9);
        Assert.Equal(1, _facilitator.Checks);
        await PassMinutesAsync(1);
        Assert.Equal(2, _facilitator.Checks);
        Assert.Equal(["Information: Facilitator scripted settles payments on base. "], _log.Lines);
    }

    [Fact]
    public async Task DoesNotWork_IsSaidWithItsKind_AndIsAskedAgainAfterAMinute()
    {
        _facilitator.Supports = new SupportedOutcome.Unreachable("the connection failed");
        await _monitor.StartAsync(default);
        await PassMinutesAsync(1);
        _facilitator.Supports = new SupportedOutcome.Unreachable("its answer (HTTP 401) is not JSON") { IsMisconfigured = true };
        await PassMinutesAsync(1);
        _facilitator.Supports = Ours;
        await PassMinutesAsync(1);

        Assert.Equal(4, _facilitator.Checks);
        Assert.Equal(
            [
                "Warning: Facilitator scripted is down: the connection failed. ",
                "Error: Facilitator scripted is there but is of no use with these settings: its answer (HTTP 401) is not JSON. ",
                "Information: Facilitator scripted settles payments on base. ",
            ],
            _log.Lines);
    }

    [Fact]
    public async Task StorageDown_DoesNotEndIt()
    {
        _records.Before = (_, _) => throw new IOException("down");
        await _monitor.StartAsync(default);
        await PassMinutesAsync(2);

        Assert.Equal(2, _log.Lines.Count(line => line.StartsWith("Warning: Suspicions", StringComparison.Ordinal)));
        Assert.False(_monitor.ExecuteTask!.IsCompleted);
    }

    public async ValueTask DisposeAsync()
    {
        await _monitor.StopAsync(default);
        _monitor.Dispose();
    }

    private async Task PassMinutesAsync(int minutes)
    {
        for (var i = 0; i < minutes; i++)
        {
            await _clock.WaiterAsync();
            _clock.Advance(TimeSpan.FromMinutes(1));
            await _clock.WaiterAsync();
        }
    }
}
