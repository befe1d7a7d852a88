using Microsoft.DurableTask;
using OviFunctions.Embedded.Engine;

namespace OviFunctions.Tests.Embedded.Engine;

public sealed class RetryScheduleTests
{
    private static readonly TaskFailedException Failed = new("Work", 0, new IOException("again"));

    [Theory]
    [InlineData(1, 10)]
    [InlineData(2, 20)]
    [InlineData(3, 40)]
    [InlineData(4, 60)]
    [InlineData(5, 60)]
    [InlineData(6, null)]
    public void NextDelay_Attempt_GrowsUpToTheLongestInterval(int attempt, int? seconds) => Assert.Equal(
        seconds is { } s ? TimeSpan.FromSeconds(s) : null,
        RetrySchedule.NextDelay(
            new RetryPolicy(6, TimeSpan.FromSeconds(10), backoffCoefficient: 2, TimeSpan.FromMinutes(1)), attempt, TimeSpan.Zero, Failed));

    [Theory]
    [InlineData(59, true)]
    [InlineData(60, false)]
    public void NextDelay_RetryTimeout_EndsTheRetriesAtThatTime(int elapsed, bool retries) => Assert.Equal(
        retries,
        RetrySchedule.NextDelay(
            new RetryPolicy(9, TimeSpan.FromSeconds(10), retryTimeout: TimeSpan.FromMinutes(1)), 1, TimeSpan.FromSeconds(elapsed), Failed)
            is not null);

    [Fact]
    public void NextDelay_Defaults_AnHourIsTheLongestInterval() => Assert.Equal(
        TimeSpan.FromHours(1), RetrySchedule.NextDelay(new RetryPolicy(99, TimeSpan.FromMinutes(1), 10), 50, TimeSpan.FromDays(9), Failed));

    [Fact]
    public void NextDelay_HandleFailureThrows_EndsTheRetries() => Assert.Null(RetrySchedule.NextDelay(
        new RetryPolicy(9, TimeSpan.FromSeconds(1)) { HandleFailure = _ => throw new FormatException() }, 1, TimeSpan.Zero, Failed));
}
