using OviFunctions.Activities;
using OviFunctions.Jobs;
using OviFunctions.Orchestrations;
using OviFunctions.Providers;
using OviFunctions.Tests.Support;
using static OviFunctions.Tests.Orchestrations.OrchestrationSamples;

namespace OviFunctions.Tests.Orchestrations;

/// <summary>What an attempt costs, what its race is told, and how a provider's pace is kept.</summary>
public sealed partial class ProviderAttemptOrchestratorTests
{
    private static AttemptScript Shared(bool isSilent = false) => new()
    {
        Change = input => input with { MaxSubmits = 1, Terms = input.Terms with { CostUsd = 0.20m, IsSilent = isSilent } },
    };

    private static AttemptScript Priced() => new() { Change = input => input with { Terms = input.Terms with { CostUsd = 0.20m } } };

    /// <summary>The times that the race was told to hold until, in seconds.</summary>
    private static IEnumerable<double> Holds(AttemptScript script) => script.Context.Sent
        .Where(sent => sent is { InstanceId: JobId, Event: JobEvents.Hold })
        .Select(sent => (((AttemptHold)sent.Payload).Until - ScriptedContext.Start).TotalSeconds);

    [Fact]
    public async Task Run_AnswerLostWhereOthersMayBePaid_RaceIsToldAndNothingIsSentTwice()
    {
        var script = Shared().Submit(Ambiguous);

        var end = await script.RunAsync();

        Assert.Equal((AttemptState.Failed, FailureClass.AmbiguousSubmit, 0.20m), (end.State, end.Failure?.Class, end.CostUsd));
        Assert.Equal(["submit 1"], script.Steps);
        Assert.Equal([120], Holds(script));
        Assert.Equal(120, script.Context.SecondsPassed);
    }

    [Fact]
    public async Task Run_CallbackOfALostAnswerWhereOthersMayBePaid_RaceIsToldThatTheyMay()
    {
        var script = Shared().Submit(Ambiguous).Callback(40, 1, "r1").Job("r1", Finished());

        Assert.Equal(0.20m, (await script.RunAsync()).CostUsd);
        Assert.Equal([120, 40], Holds(script));
    }

    [Fact]
    public async Task Run_AnswerLostWhereNobodyElseIsPaid_RaceIsNotBothered()
    {
        var script = Priced().Submit(Ambiguous).Submit(Ambiguous);

        Assert.Equal(0.40m, (await script.RunAsync()).CostUsd);
        Assert.Empty(script.Context.Sent);
    }

    [Fact]
    public async Task Run_AnswerLostAtAProviderThatDoesNotCallBack_WaitsAndSaysThatNothingCanBringItBack()
    {
        var script = Shared(isSilent: true).Submit(Ambiguous);

        var end = await script.RunAsync();

        Assert.Equal((FailureClass.AmbiguousSubmit, JobErrors.NoCallback), (end.Failure?.Class, end.Failure?.Code));
        Assert.Contains("no callback can re-attach", end.Failure!.Message, StringComparison.Ordinal);
        Assert.Equal((120, 1), (script.Context.SecondsPassed, script.Steps.Count()));
    }

    [Fact]
    public async Task Run_Rejected_CostsNothing() => Assert.Equal(0, (await Priced().Submit(Rejected()).RunAsync()).CostUsd);

    /// <summary>A provider that answered with a video has made it.</summary>
    [Fact]
    public async Task Run_AnsweredWithAVideoThatIsNotGood_Costs() =>
        Assert.Equal(0.20m, (await Priced().Submit(Rejected(FailureClass.BadResult) with { Billed = true }).RunAsync()).CostUsd);

    [Fact]
    public async Task Run_JobFailedThere_Costs() =>
        Assert.Equal(0.20m, (await Priced().Submit(Accepted("r1")).Job("r1", FailedThere()).RunAsync()).CostUsd);

    [Fact]
    public async Task Run_CancellationConfirmed_CostsNothing()
    {
        var script = Priced().Submit(Accepted("r1")).Stop(3, StopReason.BuyerCanceled).ConfirmsCancelOf("r1").Job("r1", StillRunning);

        Assert.Equal(Stopped, await script.RunAsync());
    }

    [Theory]
    [InlineData(FailureClass.RateLimited, 30.0)]
    [InlineData(FailureClass.ProviderUnavailable, null)]
    public async Task Run_TurnedAwayWithRetryAfter_SaysWhenItMayComeAgain(FailureClass reason, double? pause)
    {
        var step = Rejected(reason);
        var script = new AttemptScript().Submit(step with { Failure = step.Failure! with { RetryAfterSeconds = 30 } });

        Assert.Equal(pause, (await script.RunAsync()).RetryAfterSeconds);
    }

    [Fact]
    public async Task Run_TurnedAwayAfterALostSubmit_DoesNotComeAgain()
    {
        var step = Rejected(FailureClass.RateLimited);
        var script = new AttemptScript().Submit(Ambiguous).Submit(step with { Failure = step.Failure! with { RetryAfterSeconds = 30 } });

        Assert.Null((await script.RunAsync()).RetryAfterSeconds);
    }

    /// <summary>First look after 5 s; then the pause that the provider asked for, within bounds; then our own again.</summary>
    [Theory]
    [InlineData(20, 25)]
    [InlineData(0.1, 10)]
    [InlineData(120, 125)]
    [InlineData(100_000, 305)]
    public async Task Run_ProviderSaysWhenToAskAgain_IsAskedThen(double asked, double second)
    {
        var script = new AttemptScript().Submit(Accepted("r1"))
            .Job("r1", look => look switch { 0 => StillRunning with { WaitSeconds = asked }, 1 => StillRunning, _ => Finished() });

        await script.RunAsync();

        Assert.Equal([5, second, second + 11.25], script.Context.TimesOf(nameof(ReadFromProvider)));
    }

    [Fact]
    public async Task Run_CallbackDuringTheAskedPause_IsLookedAtOnce()
    {
        var script = new AttemptScript().Submit(Accepted("r1")).Callback(8, 1, "r1")
            .Job("r1", look => look == 0 ? StillRunning with { WaitSeconds = 60 } : Finished());

        await script.RunAsync();

        Assert.Equal([5, 8], script.Context.TimesOf(nameof(ReadFromProvider)));
    }
}
