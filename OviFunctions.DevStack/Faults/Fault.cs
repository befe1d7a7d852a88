using System.Text;

namespace OviFunctions.DevStack.Faults;

/// <summary>Does something to an exchange and says how it goes on.</summary>
/// <param name="peer">The peer's answer; null before the peer.</param>
/// <param name="time">The clock.</param>
/// <param name="aborted">Set when the caller has gone or the proxy ends.</param>
internal delegate Task<FaultOutcome> FaultAction(HttpResponseMessage? peer, TimeProvider time, CancellationToken aborted);

/// <summary>How an exchange goes on after a fault.</summary>
internal abstract record FaultOutcome
{
    private FaultOutcome() { }

    /// <summary>As if nothing had been.</summary>
    public sealed record Continue : FaultOutcome;

    /// <summary>The connection to the caller is cut.</summary>
    public sealed record Drop : FaultOutcome;

    /// <summary>The caller gets this; before the peer, the peer is never asked.</summary>
    public sealed record Answer(ProxyAnswer Content) : FaultOutcome;
}

/// <summary>A whole answer. Header names are as in HTTP; the length is set from the body.</summary>
internal sealed record ProxyAnswer(int Status, IReadOnlyDictionary<string, string[]> Headers, byte[] Body)
{
    public string Text => Encoding.UTF8.GetString(Body);

    public ProxyAnswer WithText(string text) => this with { Body = Encoding.UTF8.GetBytes(text) };
}

/// <summary>The faults there are.</summary>
internal static class Fault
{
    /// <summary>The exchange waits until <paramref name="released"/> completes, then goes on.</summary>
    public static FaultAction HoldUntil(Task released) => async (_, _, aborted) =>
    {
        await released.WaitAsync(aborted);
        return new FaultOutcome.Continue();
    };

    /// <summary>
    /// The exchange waits until <paramref name="released"/> completes, and then the connection is cut: for killing one end of it
    /// meanwhile. Before the peer, the peer never sees the request, however late the kill is noticed.
    /// </summary>
    public static FaultAction DropWhen(Task released) => async (_, _, aborted) =>
    {
        await released.WaitAsync(aborted);
        return new FaultOutcome.Drop();
    };

    /// <summary>The exchange goes on later.</summary>
    public static FaultAction Delay(TimeSpan delay) => async (_, time, aborted) =>
    {
        await Task.Delay(delay, time, aborted);
        return new FaultOutcome.Continue();
    };

    /// <summary>The connection is cut: before the peer, as if it were down; after it, as if the answer were lost.</summary>
    public static FaultAction Drop { get; } = (_, _, _) => Task.FromResult<FaultOutcome>(new FaultOutcome.Drop());

    /// <summary>The caller gets this instead of the peer's answer.</summary>
    public static FaultAction Answer(int status, string body = "", string contentType = "application/json") =>
        Answer(new ProxyAnswer(status, new Dictionary<string, string[]> { ["Content-Type"] = [contentType] }, Encoding.UTF8.GetBytes(body)));

    /// <inheritdoc cref="Answer(int, string, string)"/>
    public static FaultAction Answer(ProxyAnswer answer) => (_, _, _) => Task.FromResult<FaultOutcome>(new FaultOutcome.Answer(answer));

    /// <summary>The caller gets the peer's answer with a change. After the peer only; the answer is read whole.</summary>
    public static FaultAction Modify(Func<ProxyAnswer, ProxyAnswer> change) => async (peer, _, aborted) =>
    {
        if (peer is null) throw new InvalidOperationException("Before the peer there is no answer to modify; use FaultStage.AfterPeer.");
        var headers = peer.Headers.Concat(peer.Content.Headers).ToDictionary(h => h.Key, h => h.Value.ToArray(), StringComparer.OrdinalIgnoreCase);
        var body = await peer.Content.ReadAsByteArrayAsync(aborted);
        return new FaultOutcome.Answer(change(new ProxyAnswer((int)peer.StatusCode, headers, body)));
    };
}
