using System.Globalization;
using OviFunctions.Embedded.Hosting.Timers;

namespace OviFunctions.Tests.Embedded.Hosting.Timers;

public sealed class TimerScheduleTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 20, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("0 */5 * * * *", "2026-11-20T12:05:00Z")]
    [InlineData("30 * * * * *", "2026-11-20T12:00:30Z")]
    [InlineData("0 0 * * * *", "2026-11-20T13:00:00Z")]
    [InlineData("0 30 9 * * 1-5", "2026-11-23T09:30:00Z")]
    [InlineData("0 0 0 29 2 *", "2028-02-29T00:00:00Z")]
    [InlineData("*/5 * * * *", "2026-11-20T12:05:00Z")]
    public void Next_Schedule_IsTheFirstRunAfterTheTime(string expression, string next) =>
        Assert.Equal(DateTimeOffset.Parse(next, CultureInfo.InvariantCulture), Parse(expression).Next(Now));

    [Fact]
    public void Next_OtherOffset_IsTheSameInstant() =>
        Assert.Equal(Now.AddHours(1), Parse("0 0 13 * * *").Next(Now.ToOffset(TimeSpan.FromHours(-8))));

    [Theory]
    [InlineData("*/10 * * * * *", true)]
    [InlineData("0,30 * * * * *", true)]
    [InlineData("* * * * * *", true)]
    [InlineData("0 * * * * *", false)]
    [InlineData("30 * * * * *", false)]
    [InlineData("*/10 0 * * * *", false)]
    [InlineData("* * * * *", false)]
    public void IsBelowAMinute_Schedule_TellsWhetherItRunsSeveralTimesInEveryMinute(string expression, bool expected) =>
        Assert.Equal(expected, Parse(expression).IsBelowAMinute);

    [Theory]
    [InlineData("", "'' is not a schedule")]
    [InlineData("00:05:00", "'00:05:00' is not a schedule")]
    [InlineData("60 * * * * *", "'60 * * * * *' is not a schedule")]
    [InlineData("0 0 0 31 4 *", "never occurs")]
    public void TryParse_NoSchedule_SaysWhy(string expression, string expected)
    {
        Assert.False(TimerSchedule.TryParse(expression, Now, out _, out var problem));
        Assert.Contains(expected, problem);
    }

    private static TimerSchedule Parse(string expression)
    {
        Assert.True(TimerSchedule.TryParse(expression, Now, out var schedule, out var problem), problem);
        return schedule;
    }
}
