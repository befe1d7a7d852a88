using Microsoft.DurableTask;

namespace OviFunctions.Tests.Embedded.Api.DurableTask;

public sealed class RetryPolicyTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Fact]
    public void Constructor_Defaults_OneHourAndNoTimeout()
    {
        var policy = new RetryPolicy(3, Second);

        Assert.Equal((3, Second, 1.0), (policy.MaxNumberOfAttempts, policy.FirstRetryInterval, policy.BackoffCoefficient));
        Assert.Equal((TimeSpan.FromHours(1), Timeout.InfiniteTimeSpan), (policy.MaxRetryInterval, policy.RetryTimeout));
        Assert.True(policy.Handle(new FormatException()));
    }

    [Theory]
    [InlineData(0, 1, 1, 10, 10)]
    [InlineData(1, 0, 1, 10, 10)]
    [InlineData(1, 1, 0.9, 10, 10)]
    [InlineData(1, 5, 1, 4, 10)]
    [InlineData(1, 5, 1, 10, 4)]
    public void Constructor_OutOfRange_Throws(int attempts, int first, double coefficient, int max, int timeout) =>
        Assert.Throws<ArgumentOutOfRangeException>(
            () => new RetryPolicy(attempts, first * Second, coefficient, max * Second, timeout * Second));

    [Fact]
    public void Constructor_Infinite_IsAllowed() => _ = new RetryPolicy(1, Second, 1, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

    [Fact]
    public void HandleFailure_Decides_ByTheFailuresDetails()
    {
        var policy = new RetryPolicy(3, Second) { HandleFailure = failure => failure.IsCausedBy<IOException>() };

        Assert.True(policy.Handle(new TaskFailedException("A", 1, new FileNotFoundException())));
        Assert.False(policy.Handle(new TaskFailedException("A", 1, new FormatException())));
    }
}
