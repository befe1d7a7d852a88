using System.Runtime.CompilerServices;
using System.Text.Json;
using OviFunctions.Storage;

namespace OviFunctions.Tests.Activities;

/// <summary>Records in memory, as JSON, with the accidents that a test orders.</summary>
internal sealed class MemoryRecords : IRecordStore
{
    private readonly Lock _gate = new();
    private readonly SortedDictionary<string, (string Json, int Version)> _records = new(StringComparer.Ordinal);
    private int _version;

    /// <summary>Called before each operation, with its name and the record's; may throw.</summary>
    public Action<string, string> Before { get; set; } = (_, _) => { };

    /// <summary>Called after each write was done; may throw, as when its answer is lost.</summary>
    public Action<string, string> After { get; set; } = (_, _) => { };

    public IReadOnlyList<string> Names
    {
        get
        {
            lock (_gate) return [.. _records.Keys];
        }
    }

    public T? Find<T>(string name) where T : class
    {
        lock (_gate)
            return _records.TryGetValue(name, out var found) ? JsonSerializer.Deserialize<T>(found.Json, JsonSerializerOptions.Web) : null;
    }

    public Task<bool> TryCreateAsync<T>(string name, T record, CancellationToken cancellationToken) where T : class =>
        WriteAsync("create", name, record, found => found is null, cancellationToken);

    public Task<bool> TryReplaceAsync<T>(string name, T record, string version, CancellationToken cancellationToken) where T : class =>
        WriteAsync("replace", name, record, found => found?.ToString() == version, cancellationToken);

    public Task<StoredRecord<T>?> ReadAsync<T>(string name, CancellationToken cancellationToken) where T : class
    {
        cancellationToken.ThrowIfCancellationRequested();
        Before("read", name);
        lock (_gate)
        {
            return Task.FromResult(_records.TryGetValue(name, out var found)
                ? new StoredRecord<T>(JsonSerializer.Deserialize<T>(found.Json, JsonSerializerOptions.Web)!, found.Version.ToString())
                : null);
        }
    }

    public Task DeleteAsync(string name, CancellationToken cancellationToken)
    {
        lock (_gate) _records.Remove(name);
        return Task.CompletedTask;
    }

    public async IAsyncEnumerable<(string Name, DateTimeOffset WrittenAt)> ListAsync(
        string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.Yield();
        foreach (var name in Names.Where(n => n.StartsWith(prefix, StringComparison.Ordinal))) yield return (name, DateTimeOffset.MinValue);
    }

    private Task<bool> WriteAsync<T>(
        string operation, string name, T record, Func<int?, bool> condition, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Before(operation, name);
        lock (_gate)
        {
            if (!condition(_records.TryGetValue(name, out var found) ? found.Version : null)) return Task.FromResult(false);
            _records[name] = (JsonSerializer.Serialize(record, JsonSerializerOptions.Web), ++_version);
        }

        After(operation, name);
        return Task.FromResult(true);
    }
}
