namespace OviFunctions.Tests.Support;

/// <summary>Moves a clock for code that waits on it.</summary>
internal static class ManualTimeExtensions
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <summary>Ends when somebody waits on the clock.</summary>
    public static async Task WaiterAsync(this ManualTimeProvider clock)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (clock.PendingTimers == 0)
        {
            Assert.True(TimeProvider.System.GetElapsedTime(started) < Patience, "Nobody waits on the clock.");
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System);
        }
    }

    /// <summary>Moves the clock in steps, each when somebody waits on it, until the task ends.</summary>
    public static async Task<T> RunAsync<T>(this ManualTimeProvider clock, Task<T> task, TimeSpan step)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (!task.IsCompleted)
        {
            Assert.True(TimeProvider.System.GetElapsedTime(started) < Patience, "What the test waits for did not end.");
            if (clock.PendingTimers > 0) clock.Advance(step);
            else await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System);
        }

        return await task;
    }
}
