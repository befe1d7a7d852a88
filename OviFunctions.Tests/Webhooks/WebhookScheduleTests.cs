using OviFunctions.Webhooks;

namespace OviFunctions.Tests.Webhooks;

public sealed class WebhookScheduleTests
{
    public static TheoryData<int, double> Steps => new()
    {
        { 2, 5 },
        { 3, 300 },
        { 4, 1800 },
        { 5, 7200 },
        { 6, 18_000 },
        { 7, 36_000 },
        { 8, 50_400 },
        { 9, 72_000 },
        { 10, 86_400 },
    };

    [Fact]
    public void DelayBefore_FirstAttempt_IsAtOnce() => Assert.Equal(TimeSpan.Zero, WebhookSchedule.DelayBefore(1, "m"));

    [Theory]
    [MemberData(nameof(Steps))]
    public void DelayBefore_LaterAttempt_IsTheSpecificationsOrUpToAFifthMore(int attempt, double seconds)
    {
        var delays = Enumerable.Range(0, 200).Select(i => WebhookSchedule.DelayBefore(attempt, $"msg_{i}")!.Value.TotalSeconds).ToList();

        Assert.All(delays, d => Assert.InRange(d, seconds, seconds * 1.2));
        Assert.True(delays.Max() - delays.Min() > seconds * 0.15, "The jitter does not spread.");
    }

    [Fact]
    public void DelayBefore_SameMessageAndAttempt_IsTheSame()
    {
        Assert.Equal(WebhookSchedule.DelayBefore(5, "m"), WebhookSchedule.DelayBefore(5, "m"));
        Assert.NotEqual(WebhookSchedule.DelayBefore(5, "m"), WebhookSchedule.DelayBefore(5, "n"));
    }

    [Fact]
    public void DelayBefore_AfterTheLastAttempt_IsNull()
    {
        Assert.Equal(10, WebhookSchedule.MaxAttempts);
        Assert.NotNull(WebhookSchedule.DelayBefore(10, "m"));
        Assert.Null(WebhookSchedule.DelayBefore(11, "m"));
        Assert.Null(WebhookSchedule.DelayBefore(int.MaxValue, "m", TimeSpan.FromSeconds(1)));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public void DelayBefore_NoSuchAttempt_Throws(int attempt) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => WebhookSchedule.DelayBefore(attempt, "m"));

    [Theory]
    [InlineData(2, 60, 60)]
    [InlineData(2, 86_400, 86_400)]
    [InlineData(2, 10_000_000, 86_400)]
    public void DelayBefore_RetryAfter_PutsTheAttemptOffByADayAtMost(int attempt, double retryAfter, double expected) =>
        Assert.Equal(TimeSpan.FromSeconds(expected), WebhookSchedule.DelayBefore(attempt, "m", TimeSpan.FromSeconds(retryAfter)));

    [Fact]
    public void DelayBefore_ShortRetryAfter_BringsNothingForward() =>
        Assert.Equal(WebhookSchedule.DelayBefore(4, "m"), WebhookSchedule.DelayBefore(4, "m", TimeSpan.FromSeconds(1)));
}
