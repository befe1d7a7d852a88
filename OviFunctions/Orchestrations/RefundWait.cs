using Microsoft.DurableTask;
using OviFunctions.Jobs;

namespace OviFunctions.Orchestrations;

/// <summary>The pauses of a refund: longer and longer, and ended early when the operator wants it tried again.</summary>
internal sealed class RefundWait(TaskOrchestrationContext context)
{
    private Task<string> _retry = context.WaitForExternalEvent<string>(JobEvents.RetryRefund);

    /// <summary>Pauses since the start, or since it was started over.</summary>
    public int Rounds { get; private set; }

    public void StartOver() => Rounds = 0;

    /// <param name="length">How long; null for the next of the usual row.</param>
    public async Task PauseAsync(TimeSpan? length = null)
    {
        using var timer = new CancellationTokenSource();
        await Task.WhenAny(context.CreateTimer(context.CurrentUtcDateTime + (length ?? Pause(Rounds)), timer.Token), _retry);
        timer.Cancel();
        Rounds++;
        if (!_retry.IsCompleted) return;
        await _retry;
        _retry = context.WaitForExternalEvent<string>(JobEvents.RetryRefund);
        StartOver();
    }

    /// <summary>As a settlement's, but for days: then once an hour.</summary>
    internal static TimeSpan Pause(int round) => round < 100 ? Settlement.Pause(round) : TimeSpan.FromHours(1);
}
