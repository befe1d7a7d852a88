using Microsoft.AspNetCore.Http;
using OviFunctions.DevStack.Faults;

namespace OviFunctions.Tests.EndToEnd.Crash;

/// <summary>Who is at the other side of an exchange.</summary>
internal enum Peer
{
    Storage,
    Chain,
    Facilitator,
    Fal,
    Images,
    Receiver,

    /// <summary>The gateway itself is asked: by the buyer or by fal.</summary>
    Gateway,
}

/// <summary>What brings an effect about.</summary>
internal enum Trigger
{
    Order,
    GatewayStart,
    HealthCheck,
    Download,

    /// <summary>A start after a kill at <see cref="CrashEffect.Prelude"/>.</summary>
    Restart,
}

/// <summary>One exchange of the gateway with something outside it.</summary>
/// <param name="Before">The point before it.</param>
/// <param name="After">The point after it.</param>
/// <param name="Peer">Who is asked.</param>
/// <param name="Matches">Which of the peer's requests it is.</param>
internal sealed record CrashEffect(CrashPoint Before, CrashPoint After, Peer Peer, Func<HttpRequest, bool> Matches)
{
    /// <summary>Whether the request does not tell whose job it is for; the gateway has one job at a time then.</summary>
    public bool IsAnonymous { get; init; }

    /// <summary>How many of the same shape come before it in a job.</summary>
    public int Skip { get; init; }

    public Trigger Trigger { get; init; } = Trigger.Order;

    /// <summary>For <see cref="Trigger.Restart"/>: where the gateway was killed before.</summary>
    public CrashPoint? Prelude { get; init; }

    /// <summary>Whether it comes when the buyer has been away for minutes.</summary>
    public bool MinutesLater { get; init; }

    /// <summary>Whether the order is a batch, of one video.</summary>
    public bool IsOfBatch { get; init; }

    /// <summary>Whether the order brings its image along.</summary>
    public bool InlineImage { get; init; }

    /// <summary>Settings that bring it about.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = CrashSettings.None;

    /// <summary>How long the job takes at the first provider; long for one that is to lose.</summary>
    public TimeSpan? Processing { get; init; }

    /// <summary>Whether it comes only when no provider delivers and the money goes back.</summary>
    public bool IsOfRefund { get; init; }

    /// <summary>How many submits the second provider gets.</summary>
    public int SecondLaneSubmits { get; init; }

    /// <summary>Whether only a process that has not done it yet does it.</summary>
    public bool OncePerProcess { get; init; }

    public FaultStage StageOf(CrashPoint point) => point == Before ? FaultStage.BeforePeer : FaultStage.AfterPeer;
}
