using System.Collections.Immutable;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OviFunctions.Embedded.Hosting.Configuration;
using OviFunctions.Embedded.Hosting.Discovery;
using OviFunctions.Embedded.Hosting.Invocation;

namespace OviFunctions.Embedded.Hosting.Timers;

/// <summary>
/// Runs timer functions when they are due, each one by itself and never twice at once. A run that takes longer than its
/// schedule's step is followed by one run at once, however many were missed meanwhile.
/// </summary>
internal sealed partial class TimerRunner(
    TimerStatusStore statuses,
    FunctionPipeline pipeline,
    IServiceScopeFactory scopes,
    HostSettings host,
    TimeProvider time,
    ILogger<TimerRunner> logger)
{
    /// <summary>How long to wait before looking at the clock again: it may have been set.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(1);

    /// <summary>Runs until the token is cancelled; a run that goes on then is cancelled and waited for.</summary>
    public async Task RunAsync(TimerFunction function, CancellationToken stopping)
    {
        try
        {
            var status = await StartAsync(function, stopping);
            while (true)
            {
                var now = await WaitUntilAsync(status.Next, stopping);
                status = await RunOnceAsync(function, status, now, isPastDue: false, stopping);
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // The host stops. A run that was cancelled is not remembered, so it is made up for at the next start.
        }
    }

    /// <summary>What is due at once: a run that was missed while the host was down, or the one at start-up.</summary>
    private async Task<TimerStatus> StartAsync(TimerFunction function, CancellationToken stopping)
    {
        var now = time.GetUtcNow();
        var remembered = function.UseMonitor ? await statuses.ReadAsync(function.Name, stopping) : null;
        // What another schedule had in mind is not missed.
        if (remembered?.Schedule != function.Schedule.Expression) remembered = null;
        if (remembered is null)
        {
            remembered = new TimerStatus(function.Schedule.Expression, null, function.Schedule.Next(now), now);
            await RememberAsync(function, remembered);
        }

        var isPastDue = now > remembered.Next;
        return isPastDue || function.RunOnStartup ? await RunOnceAsync(function, remembered, now, isPastDue, stopping) : remembered;
    }

    /// <summary>The time that it is then. Who asked the clock again might be told of an earlier one, and run twice for one due time.</summary>
    private async Task<DateTimeOffset> WaitUntilAsync(DateTimeOffset due, CancellationToken stopping)
    {
        DateTimeOffset now;
        while ((now = time.GetUtcNow()) < due)
            await Task.Delay(due - now < LongestWait ? due - now : LongestWait, time, stopping);
        stopping.ThrowIfCancellationRequested();
        return now;
    }

    private async Task<TimerStatus> RunOnceAsync(
        TimerFunction function, TimerStatus before, DateTimeOffset now, bool isPastDue, CancellationToken stopping)
    {
        var timer = new TimerInfo { IsPastDue = isPastDue, ScheduleStatus = function.UseMonitor ? Describe(before) : null };
        await InvokeAsync(function, timer, stopping);

        var after = new TimerStatus(function.Schedule.Expression, now, function.Schedule.Next(now), now);
        await RememberAsync(function, after);
        return after;
    }

    private async Task InvokeAsync(TimerFunction function, TimerInfo timer, CancellationToken stopping)
    {
        using var timeout = new FunctionTimeout(host.FunctionTimeout, time, stopping);
        try
        {
            await using var scope = scopes.CreateAsyncScope();
            await pipeline.RunAsync(new InvocationContext(
                function.Code, timer, ImmutableDictionary<string, object?>.Empty, scope.ServiceProvider, timeout.Token));
        }
#pragma warning disable CA1031 // Whatever a function throws, its schedule goes on.
        catch (Exception e) when (e is not OperationCanceledException || !stopping.IsCancellationRequested)
#pragma warning restore CA1031
        {
            LogFailed(e, function.Name);
        }
    }

    private async Task RememberAsync(TimerFunction function, TimerStatus status)
    {
        if (!function.UseMonitor) return;
        try
        {
            // A run that has ended is remembered even when the host stops.
            await statuses.WriteAsync(function.Name, status, CancellationToken.None);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            LogNotRemembered(e, function.Name);
        }
    }

    private static ScheduleStatus Describe(TimerStatus status) => new()
    {
        Last = status.Last?.UtcDateTime ?? default,
        Next = status.Next.UtcDateTime,
        LastUpdated = status.LastUpdated.UtcDateTime,
    };

    [LoggerMessage(1, LogLevel.Error, "Timer function {Function} failed.")]
    private partial void LogFailed(Exception exception, string function);

    [LoggerMessage(2, LogLevel.Warning, "The run of timer function {Function} could not be remembered.")]
    private partial void LogNotRemembered(Exception exception, string function);
}
