using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using OviFunctions.Storage;

namespace OviFunctions.Tests.Support;

/// <summary>What a <see cref="MemoryRecordStore"/> is asked to do.</summary>
internal enum RecordCall
{
    Create,
    Read,
    Replace,
    Delete,
}

/// <summary>Records in memory, as JSON like those in Blob storage. A test can break or delay any call.</summary>
internal sealed class MemoryRecordStore(TimeProvider clock) : IRecordStore
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    private readonly Lock _gate = new();
    private readonly SortedDictionary<string, Entry> _records = new(StringComparer.Ordinal);
    private int _version;

    public MemoryRecordStore() : this(new ManualTimeProvider()) { }

    /// <summary>Runs before a call takes effect; what it throws is what the caller gets.</summary>
    public Func<RecordCall, string, Task>? Before { get; set; }

    /// <summary>Runs after a call took effect and before its caller learns of it: what it throws is a lost answer.</summary>
    public Func<RecordCall, string, Task>? After { get; set; }

    public IReadOnlyList<string> Names
    {
        get
        {
            lock (_gate) return [.. _records.Keys];
        }
    }

    public Task<bool> TryCreateAsync<T>(string name, T record, CancellationToken cancellationToken) where T : class =>
        CallAsync(RecordCall.Create, name, () => _records.TryAdd(name, NewEntry(record)), cancellationToken);

    public Task<StoredRecord<T>?> ReadAsync<T>(string name, CancellationToken cancellationToken) where T : class =>
        CallAsync(RecordCall.Read, name, () => _records.TryGetValue(name, out var entry)
            ? new StoredRecord<T>(JsonSerializer.Deserialize<T>(entry.Json, Json)!, entry.Version)
            : null, cancellationToken);

    public Task<bool> TryReplaceAsync<T>(string name, T record, string version, CancellationToken cancellationToken) where T : class =>
        CallAsync(RecordCall.Replace, name, () =>
        {
            if (!_records.TryGetValue(name, out var entry) || entry.Version != version) return false;
            _records[name] = NewEntry(record);
            return true;
        }, cancellationToken);

    public Task DeleteAsync(string name, CancellationToken cancellationToken) =>
        CallAsync(RecordCall.Delete, name, () => _records.Remove(name), cancellationToken);

    public async IAsyncEnumerable<(string Name, DateTimeOffset WrittenAt)> ListAsync(
        string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.CompletedTask;
        (string, DateTimeOffset)[] found;
        lock (_gate)
        {
            found = [.. _records.Where(r => r.Key.StartsWith(prefix, StringComparison.Ordinal)).Select(r => (r.Key, r.Value.WrittenAt))];
        }

        foreach (var record in found)
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return record;
        }
    }

    private async Task<TResult> CallAsync<TResult>(RecordCall call, string name, Func<TResult> act, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (Before is { } before) await before(call, name);
        TResult result;
        lock (_gate) result = act();
        if (After is { } after) await after(call, name);
        return result;
    }

    private Entry NewEntry<T>(T record) =>
        new(JsonSerializer.Serialize(record, Json), (++_version).ToString(CultureInfo.InvariantCulture), clock.GetUtcNow());

    private sealed record Entry(string Json, string Version, DateTimeOffset WrittenAt);
}
