using System.Collections.Immutable;
using OviFunctions.Embedded.Store;

namespace OviFunctions.Tests.Embedded.Store;

/// <summary>Short ways to say what store tests say often.</summary>
internal static class StoreFixture
{
    public static readonly DateTimeOffset Noon = new(2026, 11, 20, 12, 0, 0, TimeSpan.Zero);

    public static readonly byte[] SomeTurn = "{}"u8.ToArray();

    public static NewInstance Instance(string id, string? input = null, DateTimeOffset? createdAt = null, DateTimeOffset? startAt = null) =>
        new(id, "Flow", input, createdAt ?? Noon, startAt, ImmutableDictionary<string, string>.Empty);

    public static async Task<long> StartAsync(this IInstanceStore store, string id, string? input = null, DateTimeOffset? createdAt = null) =>
        (await store.CreateAsync(Instance(id, input, createdAt), RuntimeStatuses.Unfinished)).Woken.Single();

    public static EpisodeCommit Episode(long key, int sequence = 0, int execution = 0) => new()
    {
        InstanceKey = key,
        Execution = execution,
        Sequence = sequence,
        TurnAt = Noon.AddSeconds(1 + sequence),
        Turn = SomeTurn,
    };

    public static EpisodeCommit Completion(long key, string? output = null) => Episode(key) with { End = new ExecutionEnd.Completed(output) };

    public static async Task<InstanceRecord> ReadAsync(this IInstanceStore store, string id) =>
        await store.GetAsync(id, withPayloads: true, default) ?? throw new InvalidOperationException($"There is no instance '{id}'.");

    public static async Task<InstanceWork> LoadAsync(this IInstanceStore store, long key) =>
        await store.LoadAsync(key, default) ?? throw new InvalidOperationException($"There is no instance with key {key}.");

    public static string[] Names(this IEnumerable<InboxMessage> inbox) => [.. inbox.Select(m => m.Event.Name!)];
}
