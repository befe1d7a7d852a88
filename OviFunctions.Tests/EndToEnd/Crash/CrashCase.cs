using static OviFunctions.Tests.EndToEnd.Crash.CrashPoint;

namespace OviFunctions.Tests.EndToEnd.Crash;

/// <summary>What else goes wrong.</summary>
internal enum Misfortune
{
    None,

    /// <summary>The provider's callback never comes.</summary>
    CallbackLost,

    /// <summary>The buyer does not repeat his request: the job, if there is one, has to find its way without him.</summary>
    BuyerGone,
}

/// <summary>One job and the moment at which its gateway is killed.</summary>
/// <param name="Commit">Which of the engine's commits, from 1; 0 when the point is no commit.</param>
internal sealed record CrashCase(CrashPoint Point, Misfortune Misfortune = Misfortune.None, int Commit = 0)
{
    /// <summary>A job has about 30, fewer when some share a commit, so that the last ones are not always there.</summary>
    private static readonly IEnumerable<int> LaterCommits = Enumerable.Range(2, 24);

    /// <summary>A sample: the moment after a commit is the one before the next, but for what is done between them.</summary>
    private static readonly int[] CommitsWithAfter = [3, 6, 9, 12, 15, 20, 25];

    private static readonly CrashPoint[] CommitPoints = [BeforeStartCommit, AfterStartCommit, BeforeLaterCommit, AfterLaterCommit];

    private static readonly CrashPoint[] WithoutCallback = [AfterSubmit, BeforeSubmitRecord, AfterSubmitRecord];

    /// <summary>From the moment at which something durable is written until the job goes on by itself.</summary>
    private static readonly CrashPoint[] WithoutBuyer =
    [
        AfterVerify, AfterMarkerWrite, AfterClaimWrite, AfterInlineImageStage, AfterInlineImageCommit, AfterAliasWrite, AfterStartCommit,
        AfterSettle,
    ];

    /// <summary>Every case: each point, each commit, and the points that a misfortune makes worse.</summary>
    public static IReadOnlyList<CrashCase> All { get; } =
    [
        .. Enum.GetValues<CrashPoint>().Except(CommitPoints).Select(point => new CrashCase(point)),
        new(BeforeStartCommit, Commit: 1),
        new(AfterStartCommit, Commit: 1),
        .. LaterCommits.Select(n => new CrashCase(BeforeLaterCommit, Commit: n)),
        .. CommitsWithAfter.Select(n => new CrashCase(AfterLaterCommit, Commit: n)),
        .. WithoutCallback.Select(point => new CrashCase(point, Misfortune.CallbackLost)),
        .. WithoutBuyer.Select(point => new CrashCase(point, Misfortune.BuyerGone, point == AfterStartCommit ? 1 : 0)),
    ];

    public string Name => Point + (Commit > 1 ? $" {Commit}" : "") + (Misfortune == Misfortune.None ? "" : $", {Misfortune}");

    public CrashEffect? Effect => CrashEffects.Of(Point);

    /// <summary>What the gateway runs with that comes after the kill.</summary>
    public IReadOnlyDictionary<string, string> SettingsAfter
    {
        get
        {
            var settings = CrashSettings.Ordinary.With(Effect?.Settings ?? CrashSettings.None);
            var isCallbackComing = Misfortune != Misfortune.CallbackLost && Point != BeforeSubmit;
            if (!isCallbackComing) settings = settings.With(CrashSettings.ShortWaitForCallback);
            return Effect?.Trigger == Trigger.GatewayStart ? settings.With(CrashSettings.NewContainer(Point)) : settings;
        }
    }

    /// <summary>What the gateway runs with that is killed.</summary>
    public IReadOnlyDictionary<string, string> Settings => Commit == 0
        ? SettingsAfter
        : SettingsAfter.With(CrashSettings.KillAtCommit(Point is BeforeStartCommit or BeforeLaterCommit, Commit));

    /// <summary>Whether the buyer leaves it at one request.</summary>
    public bool IsBuyerGone => Misfortune == Misfortune.BuyerGone || Effect is { MinutesLater: true };

    /// <summary>Whether nothing comes of it without the buyer: the claim, or the image that came with it, was not there yet.</summary>
    public bool IsForgotten => Misfortune == Misfortune.BuyerGone && Point is AfterVerify or AfterMarkerWrite or AfterInlineImageStage;

    /// <summary>How many submits the first provider takes: two only when it took one, cannot tell, and the answer is lost.</summary>
    public int FirstLaneSubmits => Misfortune == Misfortune.CallbackLost && Point is AfterSubmit or BeforeSubmitRecord ? 2 : 1;
}
