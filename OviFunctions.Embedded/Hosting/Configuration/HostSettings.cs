using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;
using OviFunctions.Embedded.Engine;

namespace OviFunctions.Embedded.Hosting.Configuration;

/// <summary>
/// What the host takes from <c>host.json</c>, after overrides such as <c>AzureFunctionsJobHost__extensions__http__routePrefix</c>.
/// Format: https://learn.microsoft.com/azure/azure-functions/functions-host-json
/// </summary>
/// <param name="RoutePrefix">In front of each HTTP function's route, without slashes at the ends; may be empty.</param>
/// <param name="FunctionTimeout">When a function's token is cancelled; infinite for never.</param>
/// <param name="HubName">The name of the task hub, with app settings in for <c>%Name%</c>.</param>
/// <param name="MaxConcurrentActivities">How many activities run at once; null is the engine's default.</param>
/// <param name="MaxConcurrentOrchestrators">How many orchestrators run at once; null is the engine's default.</param>
/// <param name="Problems">What is wrong with the values.</param>
internal sealed partial record HostSettings(
    string RoutePrefix,
    TimeSpan FunctionTimeout,
    string HubName,
    int? MaxConcurrentActivities,
    int? MaxConcurrentOrchestrators,
    IReadOnlyList<string> Problems)
{
    public const string FileName = "host.json";

    /// <summary>The configuration section that <c>host.json</c> is read into.</summary>
    public const string Section = "AzureFunctionsJobHost";

    private const string DefaultHubName = "TestHubName";

    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromMinutes(30);

    /// <summary>A timer of .NET goes no further.</summary>
    private static readonly TimeSpan LongestTimeout = TimeSpan.FromDays(49);

    private static readonly TimeSpan LongestRetention = TimeSpan.FromDays(36_525);

    /// <summary>How instances of other releases are treated.</summary>
    public UpgradeRules Upgrades { get; init; } = new();

    /// <summary>How long completed instances are kept; null for good. A setting of this host only: Azure ignores it.</summary>
    public TimeSpan? Retention { get; init; }

    public static HostSettings Read(IConfiguration configuration)
    {
        var host = configuration.GetSection(Section);
        var durableTask = host.GetSection("extensions:durableTask");
        var problems = new List<string>();

        var timeout = DefaultTimeout;
        if (host["functionTimeout"] is { Length: > 0 } text)
        {
            var isTime = TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out timeout);
            if (text == "-1") timeout = Timeout.InfiniteTimeSpan;
            else if (!isTime || timeout <= TimeSpan.Zero || timeout > LongestTimeout)
                problems.Add($"{FileName}: functionTimeout is '{text}'. It is a time such as 00:10:00, at most 49 days, or -1 for none.");
        }

        var hub = durableTask["hubName"] ?? DefaultHubName;
        hub = new AppSettingReferences(configuration).Resolve(hub, problems) ?? DefaultHubName;
        if (!HubNames().IsMatch(hub))
            problems.Add($"{FileName}: hubName is '{hub}'. It has 3 to 45 letters and digits and begins with a letter.");

        return new HostSettings(
            (host["extensions:http:routePrefix"] ?? "api").Trim('/'),
            timeout,
            hub,
            Count("maxConcurrentActivityFunctions"),
            Count("maxConcurrentOrchestratorFunctions"),
            problems)
        {
            Upgrades = new UpgradeRules
            {
                DefaultVersion = Version(),
                VersionMatch = Choice("versionMatchStrategy", VersionMatchStrategy.CurrentOrOlder),
                VersionFailure = Choice("versionFailureStrategy", VersionFailureStrategy.Reject),
                OnNonDeterminism = Choice("onNonDeterminism", NonDeterminismStrategy.Fail),
            },
            Retention = Age("retention"),
        };

        string Version()
        {
            if (durableTask["defaultVersion"] is not { Length: > 0 } version) return "";
            if (string.IsNullOrWhiteSpace(version)) problems.Add($"{FileName}: defaultVersion is white space. It is a version such as 1.2.0, or absent.");
            return version;
        }

        T Choice<T>(string name, T otherwise) where T : struct, Enum
        {
            if (durableTask[name] is not { Length: > 0 } value) return otherwise;
            if (!char.IsAsciiDigit(value[0]) && Enum.TryParse<T>(value, ignoreCase: true, out var choice) && Enum.IsDefined(choice)) return choice;
            problems.Add($"{FileName}: {name} is '{value}'. It is one of {string.Join(", ", Enum.GetNames<T>())}.");
            return otherwise;
        }

        TimeSpan? Age(string name)
        {
            if (durableTask[name] is not { Length: > 0 } value) return null;
            if (TimeSpan.TryParse(value, CultureInfo.InvariantCulture, out var age) && age > TimeSpan.Zero && age <= LongestRetention) return age;
            problems.Add($"{FileName}: {name} is '{value}'. It is a time such as 30.00:00:00 for 30 days, at most 100 years, or absent.");
            return null;
        }

        int? Count(string name)
        {
            if (durableTask[name] is not { Length: > 0 } value) return null;
            if (int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count > 0) return count;
            problems.Add($"{FileName}: {name} is '{value}'. It is a number of at least 1.");
            return null;
        }
    }

    /// <summary>The file's content under <see cref="Section"/>.</summary>
    public static Dictionary<string, string?> ReadFile(string path, ICollection<string> problems)
    {
        Dictionary<string, string?> values;
        try
        {
            values = new ConfigurationBuilder().AddJsonFile(Path.GetFullPath(path)).Build().AsEnumerable()
                .ToDictionary(value => $"{Section}:{value.Key}", value => value.Value, StringComparer.OrdinalIgnoreCase);
        }
        catch (Exception e) when (e is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            problems.Add($"{path} cannot be read: {(e.InnerException ?? e).Message}");
            return [];
        }

        if (values.GetValueOrDefault(Section + ":version") is not "2.0")
            problems.Add($"{path}: \"version\" is '{values.GetValueOrDefault(Section + ":version")}'. It has to be \"2.0\".");
        return values;
    }

    [GeneratedRegex("^[A-Za-z][A-Za-z0-9]{2,44}$")]
    private static partial Regex HubNames();
}
