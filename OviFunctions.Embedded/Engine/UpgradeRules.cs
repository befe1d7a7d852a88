using Microsoft.DurableTask;
using Microsoft.DurableTask.Abstractions;

namespace OviFunctions.Embedded.Engine;

/// <summary>Which instances this host's code may run. The names are host.json's (<c>versionMatchStrategy</c>).</summary>
internal enum VersionMatchStrategy
{
    /// <summary>Any.</summary>
    None,

    /// <summary>Those of the host's own version.</summary>
    Strict,

    /// <summary>Those of the host's version or an older one; unversioned is the oldest.</summary>
    CurrentOrOlder,
}

/// <summary>What becomes of an instance that may not be run (<c>versionFailureStrategy</c>).</summary>
internal enum VersionFailureStrategy
{
    /// <summary>It waits for a host that may.</summary>
    Reject,

    /// <summary>It fails.</summary>
    Fail,
}

/// <summary>What becomes of an instance whose replay differs from its history (<c>onNonDeterminism</c>, which only this host knows).</summary>
internal enum NonDeterminismStrategy
{
    /// <summary>It fails, as on Azure.</summary>
    Fail,

    /// <summary>It keeps its state and waits for a host with other code.</summary>
    Park,
}

/// <summary>How instances that an earlier or later release of the app has started are treated.</summary>
internal sealed record UpgradeRules
{
    /// <summary>The version of the host's code, stamped on what is started without one; empty: unversioned.</summary>
    public string DefaultVersion { get; init; } = "";

    public VersionMatchStrategy VersionMatch { get; init; } = VersionMatchStrategy.CurrentOrOlder;

    public VersionFailureStrategy VersionFailure { get; init; }

    public NonDeterminismStrategy OnNonDeterminism { get; init; }

    /// <summary>Why this host may not run an instance of this version; null: it may. Worded as the Durable Task worker does.</summary>
    public TaskFailureDetails? Mismatch(string version)
    {
        var order = TaskOrchestrationVersioningUtils.CompareVersions(version, DefaultVersion);
        return VersionMatch switch
        {
            VersionMatchStrategy.Strict when order != 0 => Mismatch(version, "does not match"),
            VersionMatchStrategy.CurrentOrOlder when order > 0 => Mismatch(version, "is greater than"),
            _ => null,
        };
    }

    private TaskFailureDetails Mismatch(string version, string how) => new(
        "VersionMismatch", $"The orchestration version '{version}' {how} the worker version '{DefaultVersion}'.", null, null, null);
}
