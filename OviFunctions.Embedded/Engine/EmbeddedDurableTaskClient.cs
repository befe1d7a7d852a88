using System.Security.Cryptography;
using DurableTask.Core.Exceptions;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using OviFunctions.Embedded.Store;

namespace OviFunctions.Embedded.Engine;

/// <summary>The client that functions get: the engine of this process behind the Durable Task client's surface.</summary>
internal sealed class EmbeddedDurableTaskClient(OrchestrationEngine engine) : DurableTaskClient("embedded")
{
    private const int PurgeBatch = 100;

    /// <exception cref="ArgumentException">
    /// The instance id or a dedupe status is not valid, or something is larger than <see cref="PayloadLimit"/> allows.
    /// </exception>
    /// <exception cref="OrchestrationAlreadyExistsException">An instance with this id exists in a status that blocks.</exception>
    public override async Task<string> ScheduleNewOrchestrationInstanceAsync(
        TaskName orchestratorName,
        object? input = null,
        StartOrchestrationOptions? options = null,
        CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(orchestratorName.Name, nameof(orchestratorName));
        var id = options?.InstanceId ?? RandomNumberGenerator.GetHexString(32, lowercase: true);
        InstanceIds.ThrowIfInvalid(id);
        PayloadLimit.ThrowIfTooLong(orchestratorName, "an orchestrator");
        PayloadLimit.ThrowIfTooLong(options?.Version, "a version");
        PayloadLimit.ThrowIfTooLarge(options?.Tags);
        var json = PayloadLimit.Checked(engine.Payloads.Serialize(input), $"The input of orchestrator '{orchestratorName}'");
        var blocking = options?.DedupeStatuses is { } names ? [.. names.Select(ParseStatus)] : RuntimeStatuses.Unfinished;
        var instance = new NewInstance(
            id, orchestratorName.Name, json, engine.Time.GetUtcNow(), options?.StartAt?.ToUniversalTime(),
            options?.Tags ?? new Dictionary<string, string>())
        {
            Version = options?.Version?.Version ?? engine.DefaultVersion,
        };
        cancellation.ThrowIfCancellationRequested();
        var result = await engine.CreateAsync(instance, blocking).WaitAsync(cancellation);
        return result.Created ? id : throw new OrchestrationAlreadyExistsException(
            $"An orchestration instance with the id '{id}' already exists; its status is {result.Existing}.");
    }

    /// <exception cref="ArgumentException">There is no such instance, or something is larger than <see cref="PayloadLimit"/> allows.</exception>
    /// <exception cref="InvalidOperationException">The instance is finished.</exception>
    public override Task RaiseEventAsync(
        string instanceId, string eventName, object? eventPayload = null, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(eventName);
        PayloadLimit.ThrowIfTooLong(eventName, "an event");
        var payload = PayloadLimit.Checked(engine.Payloads.Serialize(eventPayload), $"The payload of event '{eventName}'");
        return DeliverAsync(instanceId, "take an event", () => engine.RaiseEventAsync(instanceId, eventName, payload), cancellation);
    }

    /// <inheritdoc cref="RaiseEventAsync"/>
    public override Task TerminateInstanceAsync(
        string instanceId, TerminateInstanceOptions? options = null, CancellationToken cancellation = default)
    {
        var output = PayloadLimit.Checked(engine.Payloads.Serialize(options?.Output), "The output of a termination");
        return DeliverAsync(
            instanceId, "be terminated", () => engine.TerminateAsync(instanceId, output, options?.Recursive ?? false), cancellation);
    }

    /// <inheritdoc cref="RaiseEventAsync"/>
    public override Task SuspendInstanceAsync(string instanceId, string? reason = null, CancellationToken cancellation = default) =>
        DeliverAsync(instanceId, "be suspended", () => engine.SuspendAsync(instanceId), cancellation);

    /// <inheritdoc cref="RaiseEventAsync"/>
    public override Task ResumeInstanceAsync(string instanceId, string? reason = null, CancellationToken cancellation = default) =>
        DeliverAsync(instanceId, "be resumed", () => engine.ResumeAsync(instanceId), cancellation);

    public override async Task<OrchestrationMetadata?> GetInstancesAsync(
        string instanceId, bool getInputsAndOutputs = false, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(instanceId);
        var instance = await engine.GetAsync(instanceId, getInputsAndOutputs, cancellation);
        return instance is null ? null : Metadata(instance, getInputsAndOutputs);
    }

    /// <exception cref="ArgumentException">There is no such instance.</exception>
    public override Task<OrchestrationMetadata> WaitForInstanceStartAsync(
        string instanceId, bool getInputsAndOutputs = false, CancellationToken cancellation = default) =>
        WaitAsync(instanceId, getInputsAndOutputs, status => status != OrchestrationRuntimeStatus.Pending, cancellation);

    /// <exception cref="ArgumentException">There is no such instance.</exception>
    public override Task<OrchestrationMetadata> WaitForInstanceCompletionAsync(
        string instanceId, bool getInputsAndOutputs = false, CancellationToken cancellation = default) =>
        WaitAsync(instanceId, getInputsAndOutputs, status => status.IsFinished(), cancellation);

    /// <summary>In order of instance ids; a page's token is the last id on it.</summary>
    public override AsyncPageable<OrchestrationMetadata> GetAllInstancesAsync(OrchestrationQuery? filter = null)
    {
        filter ??= new();
        return Pageable.Create(async (token, size, cancellation) =>
        {
            var limit = Math.Clamp(size ?? filter.PageSize, 1, InstanceStore.PageLimit);
            var query = new InstanceQuery(
                filter.CreatedFrom, filter.CreatedTo, filter.Statuses?.ToArray(), filter.InstanceIdPrefix,
                token ?? filter.ContinuationToken, limit, filter.FetchInputsAndOutputs);
            var page = await engine.QueryAsync(query, cancellation);

            // A page with large payloads is shorter, so a short one need not be the last.
            var isLast = page.Count == 0 || (page.Count < limit && !filter.FetchInputsAndOutputs);
            return new Page<OrchestrationMetadata>(
                [.. page.Select(i => Metadata(i, filter.FetchInputsAndOutputs))], isLast ? null : page[^1].Id);
        });
    }

    public override async Task<PurgeResult> PurgeInstanceAsync(
        string instanceId, PurgeInstanceOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(instanceId);
        return new(await engine.PurgeAsync([instanceId], options?.Recursive ?? false).WaitAsync(cancellation));
    }

    /// <exception cref="ArgumentOutOfRangeException">The filter's timeout is not more than zero.</exception>
    public override async Task<PurgeResult> PurgeAllInstancesAsync(
        PurgeInstancesFilter filter, PurgeInstanceOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(filter);
        if (filter.Timeout is { } timeout) ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(timeout, TimeSpan.Zero, nameof(filter));
        var startedAt = engine.Time.GetTimestamp();
        var statuses = (filter.Statuses ?? RuntimeStatuses.Finished).Where(s => s.IsFinished()).ToArray();
        var query = new InstanceQuery(filter.CreatedFrom, filter.CreatedTo, statuses, Limit: PurgeBatch);
        var purged = 0;
        while (await engine.QueryAsync(query, cancellation) is [.., var last] page)
        {
            if (engine.Time.GetElapsedTime(startedAt) >= filter.Timeout) return new(purged, isComplete: false);
            purged += await engine.PurgeAsync([.. page.Select(i => i.Id)], options?.Recursive ?? false).WaitAsync(cancellation);
            query = query with { AfterId = last.Id };
        }

        return new(purged, isComplete: true);
    }

    /// <summary>Nothing to release: the engine belongs to the host.</summary>
    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static OrchestrationRuntimeStatus ParseStatus(string name)
    {
        var valid = StartOrchestrationOptionsExtensions.ValidDedupeStatuses;
        return Enum.TryParse<OrchestrationRuntimeStatus>(name, ignoreCase: true, out var status) && valid.Contains(status)
            ? status
            : throw new ArgumentException($"'{name}' is not a dedupe status. Valid are: {string.Join(", ", valid)}.", nameof(name));
    }

    private static async Task DeliverAsync(string instanceId, string what, Func<Task<Delivery>> deliver, CancellationToken cancellation)
    {
        ArgumentException.ThrowIfNullOrEmpty(instanceId);
        cancellation.ThrowIfCancellationRequested();
        switch (await deliver().WaitAsync(cancellation))
        {
            case Delivery.UnknownInstance:
                throw new ArgumentException($"There is no orchestration instance with the id '{instanceId}'.", nameof(instanceId));
            case Delivery.FinishedInstance:
                throw new InvalidOperationException($"The orchestration instance '{instanceId}' is finished and cannot {what}.");
        }
    }

    private async Task<OrchestrationMetadata> WaitAsync(
        string instanceId, bool withPayloads, Predicate<OrchestrationRuntimeStatus> wanted, CancellationToken cancellation)
    {
        ArgumentException.ThrowIfNullOrEmpty(instanceId);
        return await engine.WaitAsync(instanceId, withPayloads, wanted, cancellation) is { } instance
            ? Metadata(instance, withPayloads)
            : throw new ArgumentException($"There is no orchestration instance with the id '{instanceId}'.", nameof(instanceId));
    }

    private OrchestrationMetadata Metadata(InstanceRecord instance, bool withPayloads) => new(instance.Name, instance.Id)
    {
        DataConverter = withPayloads ? engine.Payloads : null,
        RuntimeStatus = instance.Status,
        CreatedAt = instance.CreatedAt,
        LastUpdatedAt = instance.UpdatedAt,
        SerializedInput = instance.Input,
        SerializedOutput = instance.Output,
        SerializedCustomStatus = instance.CustomStatus,
        Tags = instance.Tags,
        FailureDetails = instance.Failure,
    };
}
