using Microsoft.DurableTask.Client;

namespace OviFunctions.Embedded.Store;

/// <summary>
/// The one storage seam: durable state of orchestration instances. Each write is one logical transaction, whole or nothing, and
/// its task completes only after the commit. A write that fails throws <see cref="InstanceStoreException"/>; whether it was
/// committed all the same is then not known, and the caller reads again what there is to do.
/// </summary>
internal interface IInstanceStore : IAsyncDisposable
{
    /// <summary>Whether commits and reads succeed, and if not, why.</summary>
    StoreHealth Health { get; }

    /// <summary>Opens the store; nothing else may be called before.</summary>
    Task OpenAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Creates an instance, unless one with this id exists in a status of <paramref name="blocking"/>. One in another status is
    /// replaced: terminated if it runs, and deleted.
    /// </summary>
    /// <exception cref="IntakeRefusedException">Too many writes wait. Every other write waits for its place instead.</exception>
    Task<CreateResult> CreateAsync(NewInstance instance, IReadOnlyCollection<OrchestrationRuntimeStatus> blocking);

    /// <summary>Appends an external event to an instance's inbox.</summary>
    Task<DeliveryResult> RaiseEventAsync(string instanceId, string eventName, string? payload, DateTimeOffset at);

    /// <summary>Ends an instance at once, its sub-orchestrations too if asked; a waiting parent sees a failed task.</summary>
    Task<DeliveryResult> TerminateAsync(string instanceId, string? output, bool recursive, DateTimeOffset at);

    /// <summary>Holds an instance: what arrives waits. A turn that is under way still ends.</summary>
    Task<DeliveryResult> SuspendAsync(string instanceId, DateTimeOffset at);

    /// <summary>Ends a suspension, and forgets why the instance is held and how often the process died with it.</summary>
    Task<DeliveryResult> ResumeAsync(string instanceId, DateTimeOffset at);

    /// <summary>Notes why an unfinished instance is not run; its next episode or its end clears that.</summary>
    /// <returns>Which instance it is; null: there is none.</returns>
    Task<HeldInstance?> HoldAsync(long instanceKey, string why);

    /// <summary>Counts that the process died while these ran. What is finished or dropped is left out.</summary>
    Task CountCrashesAsync(IReadOnlyCollection<WorkItem> work);

    /// <summary>Commits an episode: history, inbox, activities, timers, messages, sub-orchestrations, and the instance itself.</summary>
    Task<EpisodeResult> CompleteEpisodeAsync(EpisodeCommit episode);

    /// <summary>Replaces an activity by its outcome in the instance's inbox. False: it was completed or dropped before.</summary>
    Task<bool> CompleteActivityAsync(long activityId, TaskOutcome outcome, DateTimeOffset at);

    /// <summary>Deletes finished instances with all they left, their finished sub-orchestrations too if asked; counts them all.</summary>
    Task<int> PurgeAsync(IReadOnlyCollection<string> instanceIds, bool recursive);

    /// <summary>Deletes instances that completed before a time, the earliest first, at most so many; counts them. 0: none is left.</summary>
    Task<int> PurgeCompletedAsync(DateTimeOffset before, int limit);

    /// <summary>Writes something and takes it away again, to find out whether writes succeed.</summary>
    Task ProbeAsync();

    Task<InstanceRecord?> GetAsync(string instanceId, bool withPayloads, CancellationToken cancellationToken);

    Task<IReadOnlyList<InstanceRecord>> QueryAsync(InstanceQuery query, CancellationToken cancellationToken);

    /// <summary>No more than <see cref="InstanceLoad"/> allows; null: there is no such instance.</summary>
    Task<InstanceWork?> LoadAsync(long instanceKey, CancellationToken cancellationToken);

    /// <summary>Null: it was completed or dropped.</summary>
    Task<ActivityRecord?> GetActivityAsync(long activityId, CancellationToken cancellationToken);

    /// <summary>A page of the instances that are neither finished nor suspended, by key; empty at the end.</summary>
    Task<IReadOnlyList<WakeUp>> ReadWakeUpsAsync(long afterKey, CancellationToken cancellationToken);

    /// <summary>What the process died with so often or more, and how often; of both kinds the worst, at most a page.</summary>
    Task<IReadOnlyDictionary<WorkItem, int>> ReadCrashesAsync(int atLeast, CancellationToken cancellationToken);

    /// <summary>A page of the open activities, by id; empty at the end.</summary>
    Task<IReadOnlyList<OpenActivity>> ReadActivitiesAsync(long afterId, CancellationToken cancellationToken);
}
