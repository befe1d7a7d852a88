using System.Globalization;
using System.Text.Json;
using Microsoft.DurableTask.Client;
using OviFunctions.Embedded.Engine;
using OviFunctions.Embedded.Store;
using OviFunctions.Embedded.Store.Sqlite;

namespace OviFunctions.Embedded.Hosting.Operator;

/// <summary>Prints what is in the database. Each read is short and sees one state; nothing is held open while it prints.</summary>
internal sealed class InstanceView(SqliteConnection connection, TextWriter output) : IDisposable
{
    private const int DefaultLimit = 100;

    public void Dispose() => connection.Dispose();

    /// <exception cref="UsageException">An option's value is wrong.</exception>
    public async Task ListAsync(CommandWords filter)
    {
        var left = filter.All("--limit") is [.., var text] ? Limit(text) : DefaultLimit;
        var query = new InstanceQuery(
            Statuses: filter.All("--status") is { Count: > 0 } names ? [.. names.Select(Status)] : null,
            IdPrefix: filter.All("--prefix") is [.., var prefix] ? prefix : null,
            IsHeld: filter.Has("--held") ? true : null);
        string[] header = ["INSTANCE", "ORCHESTRATOR", "STATUS", "VERSION", "CREATED", "UPDATED"];
        IReadOnlyList<InstanceRecord> page;
        do
        {
            query = query with { Limit = Math.Min(left, InstanceStore.PageLimit) };
            page = connection.ReadSnapshot(db => InstanceQueries.Query(db, query));
            await PrintAsync([header, .. page.Select(Row)]);
            (header, left) = ([], left - page.Count);
            query = query with { AfterId = page.Count == 0 ? null : page[^1].Id };
        }
        while (page.Count == query.Limit && left > 0);
        if (left == 0 && page.Count > 0) await output.WriteLineAsync("There may be more: --limit");
    }

    public async Task ShowAsync(string id, bool withPayloads)
    {
        var (instance, (work, activities, unreadable)) = connection.ReadSnapshot(db =>
        {
            var found = InstanceQueries.Get(db, id, withPayloads) ?? throw CommandFailedException.Unknown(id);
            return (found, WaitsFor(db, found.Key));
        });
        await FieldAsync("instance", instance.Id);
        await FieldAsync("orchestrator", instance.Name);
        await FieldAsync("status", instance.Status.ToString());
        await FieldAsync("held", instance.Held);
        await FieldAsync("crashes", instance.Crashes == 0 ? null : instance.Crashes.ToString(CultureInfo.InvariantCulture));
        await FieldAsync("version", instance.Version);
        await FieldAsync("created", Time(instance.CreatedAt));
        await FieldAsync("updated", Time(instance.UpdatedAt));
        await FieldAsync("starts", instance.NextSequence == 0 && instance.StartAt is { } start ? Time(start) : null);
        await FieldAsync("executions", (instance.Execution + 1).ToString(CultureInfo.InvariantCulture));
        await FieldAsync("turns", instance.NextSequence.ToString(CultureInfo.InvariantCulture));
        await FieldAsync("parent", instance.Parent?.Id);
        foreach (var (name, value) in instance.Tags) await FieldAsync("tag", $"{name} = {value}");
        foreach (var activity in activities) await FieldAsync("activity", $"#{activity.TaskId} {activity.Name}");
        foreach (var timer in work?.Timers ?? []) await FieldAsync("timer", $"#{timer.TaskId} {Time(timer.DueAt)}");
        foreach (var message in work?.Inbox ?? []) await FieldAsync("inbox", $"{Time(message.ReceivedAt)} {Describe(message.Event, withPayload: false)}");
        await FieldAsync("unreadable", unreadable);
        await FieldAsync("failure", instance.Failure?.ToString());
        await FieldAsync("input", instance.Input);
        await FieldAsync("custom status", instance.CustomStatus);
        await FieldAsync("output", instance.Output);
    }

    public async Task HistoryAsync(string id, bool withPayloads)
    {
        var (packed, payloads) = connection.ReadSnapshot(db =>
        {
            var found = InstanceQueries.Get(db, id, withPayloads: false) ?? throw CommandFailedException.Unknown(id);
            return InstanceQueries.History(db, found.Key, found.Execution);
        });
        for (var i = 0; i < packed.Count; i++)
        {
            var turn = Unpack(id, packed[i], payloads);
            await output.WriteLineAsync($"turn {i}  {Time(new DateTimeOffset(turn.At))}");
            foreach (var e in turn.Inbound) await output.WriteLineAsync($"  < {Describe(e, withPayloads)}");
            foreach (var e in turn.Actions) await output.WriteLineAsync($"  > {Describe(e, withPayloads)}");
        }
    }

    /// <summary>Its timers, messages and activities; or why they cannot be read, which may be why it is held.</summary>
    private static (InstanceWork? Work, IReadOnlyList<(int TaskId, string Name)> Activities, string? Unreadable) WaitsFor(SqliteConnection db, long key)
    {
        try
        {
            return (InstanceQueries.Load(db, key), InstanceQueries.OpenActivities(db, key), null);
        }
        catch (Exception e) when (e is JsonException or InstanceStoreException)
        {
            return (null, [], e.Message);
        }
    }

    private static Turn Unpack(string id, byte[] packed, IReadOnlyDictionary<long, string> payloads)
    {
        try
        {
            return Turn.Unpack(packed, payloads);
        }
        catch (JsonException e)
        {
            throw new CommandFailedException($"The history of '{id}' cannot be read: {e.Message}");
        }
    }

    private static string Describe(HistoryEvent e, bool withPayload)
    {
        var task = e.Kind is HistoryEventKind.ExecutionStarted or HistoryEventKind.EventRaised ? "" : $" #{e.TaskId}";
        return Printable($"{e.Kind}{task}{(e.Name is null ? "" : " " + e.Name)}{(e.Failure is { } failure ? $": {failure.Details}" : "")}"
            + (withPayload && e.Payload is { } payload ? ": " + payload : ""));
    }

    private static string[] Row(InstanceRecord instance) =>
    [
        instance.Id, instance.Name, instance.Held is null ? instance.Status.ToString() : $"{instance.Status} (held)",
        instance.Version, Time(instance.CreatedAt), Time(instance.UpdatedAt),
    ];

    private static string Time(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    /// <summary>Names and data come from outside; what would steer a terminal is not printed.</summary>
    private static string Printable(string text) => string.Concat(text.Select(c => char.IsControl(c) ? '\uFFFD' : c));

    private static int Limit(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) && limit > 0
            ? limit
            : throw new UsageException($"--limit is '{text}'; it is a number of at least 1.");

    private static OrchestrationRuntimeStatus Status(string text)
    {
        OrchestrationRuntimeStatus[] all = [.. RuntimeStatuses.Unfinished, .. RuntimeStatuses.Finished];
        return Array.FindIndex(all, s => s.ToString().Equals(text, StringComparison.OrdinalIgnoreCase)) is >= 0 and var i
            ? all[i]
            : throw new UsageException($"'{text}' is not a status. There are: {string.Join(", ", all)}.");
    }

    private async Task PrintAsync(IReadOnlyList<string[]> rows)
    {
        var filled = rows.Where(row => row.Length > 0).ToArray();
        if (filled.Length == 0) return;
        var widths = Enumerable.Range(0, filled[0].Length).Select(column => filled.Max(row => row[column].Length)).ToArray();
        foreach (var row in filled)
            await output.WriteLineAsync(Printable(string.Join("  ", row.Select((cell, column) => cell.PadRight(widths[column])))).TrimEnd());
    }

    private async Task FieldAsync(string name, string? value)
    {
        if (!string.IsNullOrEmpty(value)) await output.WriteLineAsync($"{name,-13} {Printable(value)}");
    }
}
