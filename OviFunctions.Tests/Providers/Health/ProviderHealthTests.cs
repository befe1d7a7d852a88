using OviFunctions.Providers.Health;

namespace OviFunctions.Tests.Providers.Health;

public sealed class ProviderHealthTests
{
    private const string Model = "ovi/image-to-video";

    private static readonly DateTimeOffset Now = new(2026, 11, 20, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Of_NoAttempts_IsClosedWithoutFigures() =>
        Assert.Equal(new ProviderHealth(0, null, null, null, CircuitState.Closed), ProviderHealth.Of(ProviderState.Empty, Model, Now));

    [Fact]
    public void Of_Attempts_RateOfTheHourAndPercentilesOfTheDeliveriesOfTheDay()
    {
        var health = Of([
            Sample(minutesAgo: 60 * 25, seconds: 9999),
            .. Enumerable.Range(1, 20).Select(n => Sample(minutesAgo: 120, seconds: n)),
            Sample(minutesAgo: 30, delivered: false, seconds: 5000), Sample(minutesAgo: 20, seconds: 21), Sample(minutesAgo: 10, seconds: 22)]);

        Assert.Equal((3, 2.0 / 3, 11, 21), (health.Attempts, health.SuccessRate, health.P50Seconds, health.P95Seconds));
    }

    [Theory]
    [InlineData(4, false)]
    [InlineData(5, true)]
    public void Of_FewDeliveries_SayNothingOfTheTime(int deliveries, bool known) =>
        Assert.Equal(known, Of([.. Enumerable.Repeat(Sample(minutesAgo: 1), deliveries)]).P95Seconds is not null);

    [Fact]
    public void Of_ManyAttempts_OnlyTheLastFiftyOfTheModelCount()
    {
        var health = Of([
            .. Enumerable.Repeat(Sample(minutesAgo: 5, delivered: false), 30),
            .. Enumerable.Repeat(Sample(minutesAgo: 4), 50),
            .. Enumerable.Repeat(Sample(minutesAgo: 3, delivered: false) with { Model = "sora-2" }, 50)]);

        Assert.Equal((50, 1.0, CircuitState.Closed), (health.Attempts, health.SuccessRate, health.Circuit));
    }

    [Theory]
    [InlineData(4, 0, CircuitState.Closed)] // too few to say
    [InlineData(5, 0, CircuitState.Open)]
    [InlineData(5, 5, CircuitState.Open)]
    [InlineData(5, 6, CircuitState.Closed)] // most deliver
    public void Circuit_FailuresAfterDeliveries_OpensWhenHalfFail(int failures, int deliveries, CircuitState expected) => Assert.Equal(
        expected,
        Of([.. Enumerable.Repeat(Sample(minutesAgo: 2), deliveries), .. Enumerable.Repeat(Sample(minutesAgo: 0.5, delivered: false), failures)]).Circuit);

    [Fact]
    public void Circuit_ADeliveryAfterFailures_ClosesIt() =>
        Assert.Equal(CircuitState.Closed, Of([.. Failures(minutesAgo: 0.5), Sample(minutesAgo: 0.1)]).Circuit);

    [Theory]
    [InlineData(0.9, CircuitState.Open)]
    [InlineData(1.0, CircuitState.HalfOpen)]
    [InlineData(59, CircuitState.HalfOpen)]
    [InlineData(60, CircuitState.Closed)]
    public void Circuit_AfterTheLastFailure_HalfOpensAndIsForgotten(double minutesAgo, CircuitState expected) =>
        Assert.Equal(expected, Of(Failures(minutesAgo)).Circuit);

    [Theory]
    [InlineData(1, CircuitState.Open)] // it is being tried
    [InlineData(5, CircuitState.HalfOpen)] // whoever tried it does not say
    [InlineData(11, CircuitState.HalfOpen)] // that trial was before the last failure
    public void Circuit_Trial_IsOneAtATime(double trialMinutesAgo, CircuitState expected) => Assert.Equal(
        expected,
        ProviderHealth.Of(new ProviderState { Samples = Failures(minutesAgo: 10), TrialAt = Now.AddMinutes(-trialMinutesAgo) }, Model, Now).Circuit);

    [Fact]
    public void Circuit_FailuresBeforeItCameBack_AreForgiven()
    {
        var health = ProviderHealth.Of(new ProviderState { Samples = Failures(minutesAgo: 0.5), ResumedAt = Now.AddMinutes(-0.5) }, Model, Now);

        Assert.Equal((0, CircuitState.Closed), (health.Attempts, health.Circuit));
    }

    private static ProviderHealth Of(AttemptSample[] samples) => ProviderHealth.Of(new ProviderState { Samples = samples }, Model, Now);

    private static AttemptSample[] Failures(double minutesAgo) => [.. Enumerable.Repeat(Sample(minutesAgo, delivered: false), ProviderHealth.FailuresToOpen)];

    private static AttemptSample Sample(double minutesAgo, bool delivered = true, double seconds = 30) =>
        new(Now.AddMinutes(-minutesAgo), Model, delivered, seconds);
}
