using Microsoft.DurableTask;
using OviFunctions.Embedded.Engine;
using OviFunctions.Embedded.Store.Sqlite;

namespace OviFunctions.Embedded.Store;

/// <summary>What both stores have in common.</summary>
internal static class InstanceStore
{
    /// <summary>No read returns more rows than this.</summary>
    public const int PageLimit = 1000;

    /// <param name="options">Where the state is kept.</param>
    /// <param name="stopwatch">Tells how long a commit takes; null is this machine's, also where the host's clock is another.</param>
    public static IInstanceStore Create(EngineOptions options, TimeProvider? stopwatch = null) => options.DatabasePath is { } path
        ? new SqliteStore(path, options.QueueCapacity, options.TestSwitches.OnCommit, stopwatch)
        : new MemoryStore(options.TestSwitches.OnCommit, stopwatch);

    /// <summary>What the parent of a terminated sub-orchestration sees.</summary>
    public static TaskOutcome Terminated(string id, string name) => new(null, new TaskFailure(
        new("OrchestrationTerminated", $"Sub-orchestration '{name}' with instance id '{id}' was terminated.", null, null, null)));

    /// <summary>What a parent sees whose sub-orchestration's id is taken.</summary>
    public static TaskOutcome AlreadyExists(string id) => new(null, new TaskFailure(
        TaskFailureDetails.FromException(new DurableTask.Core.Exceptions.OrchestrationAlreadyExistsException(
            $"A sub-orchestration cannot have the instance id '{id}': an instance with this id exists and is not finished."))));
}
