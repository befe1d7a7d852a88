using System.Globalization;

namespace OviFunctions.Tests.EndToEnd.Crash;

/// <summary>Settings of the gateways that are killed, by their environment names.</summary>
internal static class CrashSettings
{
    public static IReadOnlyDictionary<string, string> None { get; } = new Dictionary<string, string>();

    /// <summary>
    /// For all: quick polls, and a wait for a lost submit's callback that is long enough for one that comes. The second lane
    /// is for a job that the first provider could not do.
    /// </summary>
    public static IReadOnlyDictionary<string, string> Ordinary { get; } = new Dictionary<string, string>
    {
        ["Jobs__FirstPollSeconds"] = "2",
        ["Jobs__MaxPollSeconds"] = "2",
        ["Operator__WatchChain"] = "false",
        ["Media__UseFfmpeg"] = "false",
        ["Jobs__AmbiguousSubmitWaitSeconds"] = "15",
        ["Limits__RequestsPerMinutePerAddress"] = "1000000",
        // A lost submit is sent once more although the second provider could be asked.
        ["Routing__MinMarginUsd"] = "-1",
        // Processes this short get nothing back for being measured.
        ["DOTNET_TieredPGO"] = "0",
    };

    /// <summary>For a lost submit whose callback will not come.</summary>
    public static IReadOnlyDictionary<string, string> ShortWaitForCallback { get; } = new Dictionary<string, string>
    {
        ["Jobs__AmbiguousSubmitWaitSeconds"] = "1",
    };

    /// <summary>Image and video are brought to the asked size.</summary>
    public static IReadOnlyDictionary<string, string> WithFfmpeg { get; } = new Dictionary<string, string>
    {
        ["Media__UseFfmpeg"] = "true",
        // Jobs that are held at their points keep places on the disk that others of their wave need.
        ["Media__MaxProcesses"] = "8",
    };

    /// <summary>Both providers at once.</summary>
    public static IReadOnlyDictionary<string, string> Race { get; } = new Dictionary<string, string> { ["Routing__Plan"] = "Race" };

    /// <summary>The first provider takes one job at a time.</summary>
    public static IReadOnlyDictionary<string, string> OneAtATime { get; } = new Dictionary<string, string> { ["Providers__0__MaxConcurrent"] = "1" };

    /// <summary>Misbehaviour of other engines.</summary>
    public static IReadOnlyDictionary<string, string> EngineSwitch(string name) => new Dictionary<string, string>
    {
        [$"EmbeddedHost__TestSwitches__{name}"] = "true",
    };

    /// <summary>The sweeper leaves a claim alone for two minutes; by this clock they have passed.</summary>
    public static IReadOnlyDictionary<string, string> MinutesLater { get; } = new Dictionary<string, string>
    {
        ["EmbeddedHost__TestSwitches__ClockAhead"] = "00:03:00",
    };

    /// <summary>A container that is not there yet.</summary>
    public static IReadOnlyDictionary<string, string> NewContainer(CrashPoint point) => new Dictionary<string, string>
    {
        ["Storage__Container"] = $"crash-{point.ToString().ToLowerInvariant()}",
    };

    public static IReadOnlyDictionary<string, string> KillAtCommit(bool before, int commit) => new Dictionary<string, string>
    {
        [$"EmbeddedHost__TestSwitches__Kill{(before ? "Before" : "After")}Commit"] = commit.ToString(CultureInfo.InvariantCulture),
    };

    public static IReadOnlyDictionary<string, string> With(
        this IReadOnlyDictionary<string, string> settings, IReadOnlyDictionary<string, string> more) =>
        new Dictionary<string, string>([.. settings.Where(s => !more.ContainsKey(s.Key)), .. more]);
}
