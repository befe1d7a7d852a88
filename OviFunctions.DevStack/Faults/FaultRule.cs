using Microsoft.AspNetCore.Http;

namespace OviFunctions.DevStack.Faults;

/// <summary>Where in an exchange a fault strikes.</summary>
public enum FaultStage
{
    /// <summary>The request has arrived; the peer has not seen it.</summary>
    BeforePeer,

    /// <summary>The peer has acted and answered; the caller has not seen the answer.</summary>
    AfterPeer,
}

/// <summary>A fault in place: what it strikes, what it does, and whether it has struck.</summary>
internal sealed class FaultRule(FaultStage stage, Func<HttpRequest, bool> matches, FaultAction action, int times)
{
    private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _hits;

    public FaultAction Action { get; } = action;

    /// <summary>Completes when the fault strikes for the first time, before it does what it does.</summary>
    public Task Reached => _reached.Task;

    /// <summary>How many exchanges it struck.</summary>
    public int Hits => Math.Min(Volatile.Read(ref _hits), times);

    /// <summary>Whether it strikes this exchange; if so, one of its times is used up.</summary>
    public bool TryStrike(FaultStage at, HttpRequest request)
    {
        if (at != stage || !matches(request) || Interlocked.Increment(ref _hits) > times) return false;
        _reached.TrySetResult();
        return true;
    }
}
