using Microsoft.Azure.Functions.Worker;
using OviFunctions.Functions;
using OviFunctions.Providers;
using OviFunctions.Tests.Activities;
using OviFunctions.Tests.Providers.Health;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Functions;

/// <summary>How accounts come back into the rotation by themselves.</summary>
public sealed class CheckProvidersFunctionTests
{
    private readonly ManualTimeProvider _clock = new();
    private readonly MemoryRecordStore _records = new();
    private readonly HealthMachine _machine;
    private int _checks;

    public CheckProvidersFunctionTests() => _machine = new(_records, _clock);

    [Fact]
    public async Task Run_AccountInTheRotation_IsNotTried()
    {
        await RunForAsync(minutes: 10, problem: null);

        Assert.Equal(0, _checks);
        Assert.Empty(_records.Names);
    }

    [Fact]
    public async Task Run_KeyIsTakenAgain_TheAccountIsBackAndTheOperatorIsTold()
    {
        await _machine.FailForCreditsAsync("a");
        await RunForAsync(minutes: 1, problem: null);
        Assert.NotNull((await _machine.StateAsync()).OutFor);

        await RunForAsync(minutes: 1, problem: null);

        Assert.Null((await _machine.StateAsync()).OutFor);
        Assert.Equal(1, _checks);
        Assert.Equal("Warning: Provider fal gets jobs again: its key is taken. ", _machine.Log.Lines[^1]);
    }

    [Fact]
    public async Task Run_KeyIsStillRefused_IsTriedEverMoreRarely()
    {
        await _machine.FailForCreditsAsync("a");

        await RunForAsync(minutes: 29, problem: "the key is refused");
        Assert.Equal(3, _checks); // after 2, 6 and 14 minutes
        await RunForAsync(minutes: 24 * 60, problem: "the key is refused");
        Assert.InRange(_checks, 24, 30);

        Assert.NotNull((await _machine.StateAsync()).OutFor);
        Assert.Equal("Warning: Provider fal was tried and gets no jobs still: the key is refused. ", _machine.Log.Lines[^1]);
    }

    [Fact]
    public async Task Run_KeyIsTakenAndNextJobIsRefusedAgain_TheNextTryIsLater()
    {
        await _machine.FailForCreditsAsync("a");
        await RunForAsync(minutes: 2, problem: null);
        await _machine.FailForCreditsAsync("b");
        Assert.Equal(_clock.GetUtcNow().AddMinutes(4), (await _machine.StateAsync()).NextCheck);

        await RunForAsync(minutes: 4, problem: null);
        await _machine.EndAsync("c"); // a delivery
        await _machine.FailForCreditsAsync("d");

        Assert.Equal(_clock.GetUtcNow().AddMinutes(2), (await _machine.StateAsync()).NextCheck);
    }

    [Fact]
    public async Task Run_OperatorPausedIt_StaysOut()
    {
        await _machine.FailForCreditsAsync("a");
        await _machine.Rotation.PauseAsync("fal", "a test", default);

        await RunForAsync(minutes: 90, problem: null);

        Assert.Equal(0, _checks);
        Assert.Equal("a test", (await _machine.StateAsync()).OutFor);
    }

    [Fact]
    public async Task Run_OperatorPausesItDuringTheCheck_StaysPaused()
    {
        await _machine.FailForCreditsAsync("a");
        _clock.Advance(TimeSpan.FromMinutes(2));

        await RunAsync(() =>
        {
            _machine.Rotation.PauseAsync("fal", "a test", default).GetAwaiter().GetResult();
            return null;
        });

        Assert.Equal("a test", (await _machine.StateAsync()).OutFor);
    }

    [Fact]
    public async Task Run_ModelIsGone_ComesBackOnlyWhenTheSettingsAreOthers()
    {
        await _machine.FailForModelAsync("a");
        await RunForAsync(minutes: 90, problem: null);
        Assert.NotNull((await _machine.StateAsync()).WhyOut(HealthMachine.Model));

        var reconfigured = new HealthMachine(_records, _clock, ("Providers:0:BaseUrl", "https://queue.example/"));
        await RunAsync(() => null, reconfigured);

        Assert.Null((await _machine.StateAsync()).WhyOut(HealthMachine.Model));
        Assert.Contains("its settings have changed", Assert.Single(reconfigured.Log.Lines), StringComparison.Ordinal);
    }

    private async Task RunForAsync(int minutes, string? problem)
    {
        for (var i = 0; i < minutes; i++)
        {
            _clock.Advance(TimeSpan.FromMinutes(1));
            await RunAsync(() => problem);
        }
    }

    private Task RunAsync(Func<string?> check, HealthMachine? machine = null)
    {
        var provider = new PlayedProvider { Check = () => { _checks++; return check(); } };
        return new CheckProvidersFunction(new ProviderCatalog([provider]), (machine ?? _machine).Rotation).RunAsync(new TimerInfo(), default);
    }
}
