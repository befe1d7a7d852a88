using OviFunctions.Embedded.Store;

namespace OviFunctions.Embedded.Engine;

/// <summary>Where the engine keeps its state and how much it does at a time.</summary>
internal sealed record EngineOptions
{
    /// <summary>The SQLite file; null: in memory, gone with the process.</summary>
    public string? DatabasePath { get; init; }

    public int MaxConcurrentActivities { get; init; } = 100;

    public int MaxConcurrentOrchestrations { get; init; } = 100;

    /// <summary>How many writes may wait for the store; starts are then refused, other callers wait for a place.</summary>
    public int QueueCapacity { get; init; } = 1024;

    /// <summary>How many instances and activities may wait for their turn before starts are refused.</summary>
    public int LargestBacklog { get; init; } = 100_000;

    /// <summary>How often the process may die with an activity or an instance under way before that is not run any more.</summary>
    public int MaxCrashes { get; init; } = 10;

    /// <summary>How long a process has to live before it runs what several before it have died with.</summary>
    public TimeSpan SuspectsWait { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long completed instances are kept; null: for good.</summary>
    public TimeSpan? Retention { get; init; }

    /// <summary>How long a stop waits for running activities before it leaves them to the next start.</summary>
    public TimeSpan ShutdownGrace { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Whether only what runs already, and what it starts, is run to its end.</summary>
    public bool Drains { get; init; }

    public UpgradeRules Upgrades { get; init; } = new();

    public EngineTestSwitches TestSwitches { get; init; } = new();
}

/// <summary>Misbehaviour that other engines may show, to be switched on in tests. All off by default.</summary>
internal sealed record EngineTestSwitches
{
    /// <summary>Each activity runs twice in a row and the second result counts, as after a crash before the first was recorded.</summary>
    public bool RunActivitiesTwice { get; init; }

    /// <summary>A start that is refused because the id is taken reports success: Azure Storage may tell this to two starters at once.</summary>
    public bool LosingStartSucceeds { get; init; }

    /// <summary>SIGKILL to this process before its n-th physical commit, from 1: what led to the commit has happened and is not recorded.</summary>
    public int? KillBeforeCommit { get; init; }

    /// <summary>SIGKILL to this process after its n-th physical commit, from 1: it is recorded and nobody was told.</summary>
    public int? KillAfterCommit { get; init; }

    /// <summary>Called before and after each physical commit; may throw, block, or end the process.</summary>
    public Action<CommitPhase>? OnCommit { get; init; }
}
