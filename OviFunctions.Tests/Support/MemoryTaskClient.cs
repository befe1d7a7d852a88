using System.Collections.Concurrent;
using DurableTask.Core.Exceptions;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Converters;
using OviFunctions.Jobs;

namespace OviFunctions.Tests.Support;

/// <summary>
/// A Durable Task client whose instances run nothing: a test says what becomes of them. Starts, events and queries answer as
/// the engines do.
/// </summary>
internal sealed class MemoryTaskClient() : DurableTaskClient("memory")
{
    private readonly ConcurrentDictionary<string, OrchestrationMetadata> _instances = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<(string InstanceId, string Event, object? Payload)> _events = new();
    private int _reads;

    /// <summary>Called when an instance has started; a test sets its first status here.</summary>
    public Action<string> Started { get; set; } = _ => { };

    /// <summary>Runs before a start; what it throws is what the starter gets.</summary>
    public Func<string, Task>? BeforeStart { get; set; }

    /// <summary>How many empty pages a query returns before the first result, as Azure Tables may.</summary>
    public int EmptyPages { get; set; }

    public IReadOnlyList<string> InstanceIds => [.. _instances.Keys.Order(StringComparer.Ordinal)];

    public IReadOnlyList<(string InstanceId, string Event, object? Payload)> Events => [.. _events];

    /// <summary>How often an instance was asked for.</summary>
    public int Reads => Volatile.Read(ref _reads);

    public VideoJobInput InputOf(string jobId) => _instances[jobId].ReadInputAs<VideoJobInput>()!;

    /// <summary>What the orchestrator of an instance says, or how it ended.</summary>
    public void Set(string instanceId, JobStatus? status, OrchestrationRuntimeStatus runtime = OrchestrationRuntimeStatus.Running)
    {
        var now = _instances[instanceId];
        _instances[instanceId] = New(now.Name, instanceId, runtime, now.SerializedInput, JsonDataConverter.Default.Serialize(status));
    }

    /// <summary>Puts an instance there without a start.</summary>
    public void Add(VideoJobInput input, JobStatus? status = null, OrchestrationRuntimeStatus runtime = OrchestrationRuntimeStatus.Running)
    {
        var serialized = JsonDataConverter.Default.Serialize(input);
        _instances[input.JobId] = New("VideoJobOrchestrator", input.JobId, runtime, serialized, JsonDataConverter.Default.Serialize(status));
    }

    public void Purge(string instanceId) => Assert.True(_instances.TryRemove(instanceId, out _));

    public override async Task<string> ScheduleNewOrchestrationInstanceAsync(
        TaskName orchestratorName, object? input = null, StartOrchestrationOptions? options = null, CancellationToken cancellation = default)
    {
        var id = options!.InstanceId!;
        if (BeforeStart is { } before) await before(id);
        cancellation.ThrowIfCancellationRequested();
        var blocking = options.DedupeStatuses ?? [];
        var started = New(orchestratorName.Name, id, OrchestrationRuntimeStatus.Pending, JsonDataConverter.Default.Serialize(input), customStatus: null);
        var kept = _instances.AddOrUpdate(id, started, (_, existing) => blocking.Contains(existing.RuntimeStatus.ToString()) ? existing : started);
        if (!ReferenceEquals(kept, started)) throw new OrchestrationAlreadyExistsException($"'{id}' exists; its status is {kept.RuntimeStatus}.");
        Started(id);
        return id;
    }

    public override Task RaiseEventAsync(string instanceId, string eventName, object? eventPayload = null, CancellationToken cancellation = default)
    {
        if (!_instances.TryGetValue(instanceId, out var instance)) throw new ArgumentException("There is no such instance.", nameof(instanceId));
        if (instance.IsCompleted) throw new InvalidOperationException("The instance is finished.");
        _events.Enqueue((instanceId, eventName, eventPayload));
        return Task.CompletedTask;
    }

    public override Task<OrchestrationMetadata?> GetInstancesAsync(
        string instanceId, bool getInputsAndOutputs = false, CancellationToken cancellation = default)
    {
        cancellation.ThrowIfCancellationRequested();
        Interlocked.Increment(ref _reads);
        var found = _instances.GetValueOrDefault(instanceId);
        return Task.FromResult(found is null || getInputsAndOutputs
            ? found
            : new OrchestrationMetadata(found.Name, found.InstanceId) { RuntimeStatus = found.RuntimeStatus });
    }

    public override AsyncPageable<OrchestrationMetadata> GetAllInstancesAsync(OrchestrationQuery? filter = null)
    {
        var found = _instances.Values
            .Where(i => i.InstanceId.StartsWith(filter?.InstanceIdPrefix ?? "", StringComparison.Ordinal))
            .Where(i => filter?.Statuses is not { } statuses || statuses.Contains(i.RuntimeStatus))
            .OrderBy(i => i.InstanceId, StringComparer.Ordinal)
            .Chunk(filter?.PageSize ?? OrchestrationQuery.DefaultPageSize)
            .ToArray();
        OrchestrationMetadata[][] pages = [.. Enumerable.Repeat(Array.Empty<OrchestrationMetadata>(), EmptyPages), .. found];
        return Pageable.Create((token, _) =>
        {
            var index = token is null ? 0 : int.Parse(token, System.Globalization.CultureInfo.InvariantCulture);
            var values = index < pages.Length ? pages[index] : [];
            return Task.FromResult(new Page<OrchestrationMetadata>(values, index + 1 < pages.Length ? $"{index + 1}" : null));
        });
    }

    public override Task<OrchestrationMetadata> WaitForInstanceStartAsync(
        string instanceId, bool getInputsAndOutputs = false, CancellationToken cancellation = default) => throw new NotSupportedException();

    public override Task<OrchestrationMetadata> WaitForInstanceCompletionAsync(
        string instanceId, bool getInputsAndOutputs = false, CancellationToken cancellation = default) => throw new NotSupportedException();

    public override Task SuspendInstanceAsync(string instanceId, string? reason = null, CancellationToken cancellation = default) =>
        throw new NotSupportedException();

    public override Task ResumeInstanceAsync(string instanceId, string? reason = null, CancellationToken cancellation = default) =>
        throw new NotSupportedException();

    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static OrchestrationMetadata New(string name, string id, OrchestrationRuntimeStatus runtime, string? input, string? customStatus) => new(name, id)
    {
        DataConverter = JsonDataConverter.Default,
        RuntimeStatus = runtime,
        SerializedInput = input,
        SerializedCustomStatus = customStatus,
    };
}
