using System.Text.Json;
using OviFunctions.Embedded.Engine;
using OviFunctions.Embedded.Store;

namespace OviFunctions.Embedded.Hosting.Operator;

/// <summary>What an operator changes, in the store of a host that is stopped. The host finds what follows from it at its next start.</summary>
internal sealed class InstanceChange(IInstanceStore store, TimeProvider time, TextWriter output)
{
    /// <exception cref="UsageException">The data is not JSON, or it or the name is larger than <see cref="PayloadLimit"/> allows.</exception>
    public async Task RaiseAsync(string id, string eventName, string? json)
    {
        if (eventName.Length == 0) throw new UsageException("The event's name is empty.");
        if (json is not null && !IsJson(json)) throw new UsageException($"The event's data {json} is not JSON; text needs quotes: '\"text\"'.");
        var excess = PayloadLimit.ExcessOfName(eventName, "an event") ?? PayloadLimit.Excess(json, "The event's data");
        if (excess is not null) throw new UsageException(excess);
        Check(id, await store.RaiseEventAsync(id, eventName, json, time.GetUtcNow()));
        await output.WriteLineAsync($"{id}: the event {eventName} waits for it.");
    }

    /// <exception cref="UsageException">The reason is larger than <see cref="PayloadLimit"/> allows.</exception>
    public async Task TerminateAsync(string id, string? reason, bool recursive)
    {
        var json = reason is null ? null : JsonSerializer.Serialize(reason);
        if (PayloadLimit.Excess(json, "The reason") is { } excess) throw new UsageException(excess);
        var result = await store.TerminateAsync(id, json, recursive, time.GetUtcNow());
        Check(id, result);
        foreach (var ended in result.Changed) await output.WriteLineAsync($"{ended}: terminated.");
    }

    public async Task SuspendAsync(string id)
    {
        Check(id, await store.SuspendAsync(id, time.GetUtcNow()));
        await output.WriteLineAsync($"{id}: suspended.");
    }

    public async Task ResumeAsync(string id)
    {
        Check(id, await store.ResumeAsync(id, time.GetUtcNow()));
        await output.WriteLineAsync($"{id}: resumed.");
    }

    /// <exception cref="CommandFailedException">One of them is unknown or not finished; none is deleted.</exception>
    public async Task PurgeAsync(IReadOnlyList<string> ids, bool recursive)
    {
        foreach (var id in ids)
        {
            var found = await store.GetAsync(id, withPayloads: false, CancellationToken.None) ?? throw CommandFailedException.Unknown(id);
            if (!found.Status.IsFinished()) throw new CommandFailedException($"{id} is {found.Status}; only what is finished can be purged.");
        }

        await output.WriteLineAsync($"{await store.PurgeAsync(ids, recursive)} purged.");
    }

    private static void Check(string id, DeliveryResult result)
    {
        if (result.Delivery == Delivery.UnknownInstance) throw CommandFailedException.Unknown(id);
        if (result.Delivery == Delivery.FinishedInstance) throw new CommandFailedException($"{id} is finished already.");
    }

    private static bool IsJson(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
