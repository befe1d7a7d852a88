using System.Diagnostics.CodeAnalysis;
using NCrontab;

namespace OviFunctions.Embedded.Hosting.Timers;

/// <summary>When a timer function runs: an NCRONTAB expression, in UTC.</summary>
internal sealed class TimerSchedule
{
    /// <summary>29 February is at most eight years away, so a schedule without a run in this time has none.</summary>
    private const int YearsToLookAhead = 9;

    private readonly CrontabSchedule _schedule;

    private TimerSchedule(string expression, CrontabSchedule schedule)
    {
        Expression = expression;
        _schedule = schedule;
    }

    public string Expression { get; }

    /// <summary>Whether it runs several times in every minute; such schedules are not monitored.</summary>
    public bool IsBelowAMinute
    {
        get
        {
            var first = Next(DateTimeOffset.UnixEpoch);
            return Fields(Expression) is [_, "*", "*", "*", "*", "*"] && Next(first) - first < TimeSpan.FromMinutes(1);
        }
    }

    /// <summary>The first run after a time.</summary>
    public DateTimeOffset Next(DateTimeOffset after) => new(_schedule.GetNextOccurrence(after.UtcDateTime), TimeSpan.Zero);

    /// <summary>Reads an expression of six fields, or of five that leave out the seconds.</summary>
    public static bool TryParse(
        string expression, DateTimeOffset now, [NotNullWhen(true)] out TimerSchedule? schedule, [NotNullWhen(false)] out string? problem)
    {
        (schedule, problem) = (null, null);
        try
        {
            var options = new CrontabSchedule.ParseOptions { IncludingSeconds = Fields(expression).Length != 5 };
            var parsed = CrontabSchedule.Parse(expression, options);
            if (parsed.GetNextOccurrences(now.UtcDateTime, now.UtcDateTime.AddYears(YearsToLookAhead)).Any())
                schedule = new TimerSchedule(expression, parsed);
            else
                problem = $"The schedule '{expression}' never occurs.";
        }
        catch (CrontabException e)
        {
            const string form = "{second} {minute} {hour} {day} {month} {day of week}";
            problem = $"'{expression}' is not a schedule of the form '{form}': {e.Message}";
        }

        return schedule is not null;
    }

    private static string[] Fields(string expression) => expression.Split(' ', StringSplitOptions.RemoveEmptyEntries);
}
