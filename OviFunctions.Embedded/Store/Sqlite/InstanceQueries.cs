using System.Collections.Immutable;
using System.Text.Json;
using Microsoft.DurableTask.Client;
using OviFunctions.Embedded.Engine;

namespace OviFunctions.Embedded.Store.Sqlite;

/// <summary>The reads of <see cref="SqliteStore"/>. Statuses in SQL: 0 running, 6 pending.</summary>
internal static class InstanceQueries
{
    private const string Columns =
        """
        i.key, i.id, i.name, i.status, i.execution, i.next_sequence, i.created_at, i.updated_at, i.turn_at, i.start_at,
        i.parent_key, i.parent_id, i.parent_name, i.parent_task, i.tags, i.failure, i.version, i.held,
        i.crashes
        """;

    private const string PayloadColumns =
        ", (SELECT data FROM payload WHERE id = i.input), (SELECT data FROM payload WHERE id = i.output), i.custom_status";

    public static InstanceRecord? Get(SqliteConnection db, string id, bool withPayloads)
    {
        using var row = withPayloads
            ? db.Query($"SELECT {Columns}{PayloadColumns} FROM instance i WHERE i.id = ?", id)
            : db.Query($"SELECT {Columns} FROM instance i WHERE i.id = ?", id);
        return row.Step() ? Record(row, withPayloads) : null;
    }

    public static IReadOnlyList<InstanceRecord> Query(SqliteConnection db, InstanceQuery query)
    {
        if (query.Statuses is { Count: 0 }) return [];
        // Few are held, and each health probe asks for them: not by their statuses, which nearly all running ones share.
        var (index, held) = query.IsHeld switch
        {
            true => ("INDEXED BY instance_held", "AND i.held IS NOT NULL"),
            false => ("", "AND i.held IS NULL"),
            null => ("", ""),
        };
        var select =
            $"""
            SELECT * FROM (SELECT {Columns}{(query.WithPayloads ? PayloadColumns : "")} FROM instance i {index}
            WHERE i.id > ?1 AND i.id >= ?2 AND i.id < ?3 AND i.created_at BETWEEN ?4 AND ?5 {held} [status] ORDER BY i.id LIMIT ?6)
            """;

        // Each status is read in order of ids by its own index range, so that no page has to sort all instances of a status.
        var parts = query.Statuses is null
            ? [select.Replace("[status]", "", StringComparison.Ordinal)]
            : query.Statuses.Distinct().Order()
                .Select(s => select.Replace("[status]", $"AND i.status = {(int)s}", StringComparison.Ordinal));
        using var row = db.Query(
            $"{string.Join(" UNION ALL ", parts)} ORDER BY 2 LIMIT ?6",
            query.AfterId ?? "", query.IdPrefix ?? "", query.IdPrefix + "\U0010FFFF",
            query.CreatedFrom ?? DateTimeOffset.MinValue, query.CreatedTo ?? DateTimeOffset.MaxValue, query.Limit);
        return InstanceLoad.Page(Records(row, query.WithPayloads));
    }

    public static InstanceWork? Load(SqliteConnection db, long key)
    {
        InstanceRecord instance;
        using (var row = db.Query($"SELECT {Columns}{PayloadColumns} FROM instance i WHERE i.key = ?", key))
        {
            if (!row.Step()) return null;
            instance = Record(row, true);
        }

        return InstanceLoad.Read(
            instance, Turns(db, key, instance.Execution), Payloads(db, key), MessageIds(db, key).Select(id => Message(db, id)), Timers(db, key));
    }

    public static ActivityRecord? GetActivity(SqliteConnection db, long id)
    {
        using var row = db.Query(
            """
            SELECT a.id, a.instance_key, i.id, a.task_id, a.name, a.input, a.crashes
            FROM activity a JOIN instance i ON i.key = a.instance_key WHERE a.id = ?
            """,
            id);
        return row.Step()
            ? new(row.Int64(0), row.Int64(1), row.Text(2), row.Int32(3), row.Text(4), row.NullableText(5)) { Crashes = row.Int32(6) }
            : null;
    }

    /// <summary>Due at the start if the execution has not begun, at once if something waits, else with the next timer.</summary>
    public static IReadOnlyList<WakeUp> WakeUps(SqliteConnection db, long afterKey)
    {
        using var row = db.Query(
            """
            SELECT i.key, CASE WHEN i.next_sequence = 0 THEN coalesce(i.start_at, 0)
              WHEN EXISTS (SELECT 1 FROM inbox WHERE instance_key = i.key) THEN 0
              ELSE (SELECT min(due_at) FROM timer WHERE instance_key = i.key) END
            FROM instance i INDEXED BY instance_open WHERE i.status IN (0, 6) AND i.key > ? ORDER BY i.key LIMIT ?
            """,
            afterKey, InstanceStore.PageLimit);
        var page = new List<WakeUp>();
        while (row.Step()) page.Add(new(row.Int64(0), row.NullableTime(1)));
        return page;
    }

    public static IReadOnlyList<OpenActivity> Activities(SqliteConnection db, long afterId)
    {
        using var row = db.Query("SELECT id, instance_key FROM activity WHERE id > ? ORDER BY id LIMIT ?", afterId, InstanceStore.PageLimit);
        var page = new List<OpenActivity>();
        while (row.Step()) page.Add(new(row.Int64(0), row.Int64(1)));
        return page;
    }

    /// <summary>The packed turns of an execution, and what their events refer to.</summary>
    public static (IReadOnlyList<byte[]> Turns, IReadOnlyDictionary<long, string> Payloads) History(SqliteConnection db, long key, int execution) =>
        ([.. Turns(db, key, execution)], Payloads(db, key).ToDictionary());

    /// <summary>What an instance waits for, at most <see cref="InstanceStore.PageLimit"/>.</summary>
    public static IReadOnlyList<(int TaskId, string Name)> OpenActivities(SqliteConnection db, long key)
    {
        using var row = db.Query("SELECT task_id, name FROM activity WHERE instance_key = ? ORDER BY id LIMIT ?", key, InstanceStore.PageLimit);
        var open = new List<(int, string)>();
        while (row.Step()) open.Add((row.Int32(0), row.Text(1)));
        return open;
    }

    private static IEnumerable<byte[]> Turns(SqliteConnection db, long key, int execution)
    {
        using var row = db.Query("SELECT turn FROM history WHERE instance_key = ? AND execution = ? ORDER BY sequence", key, execution);
        while (row.Step()) yield return row.Blob(0);
    }

    /// <summary>Without those of the input and of waiting messages.</summary>
    private static IEnumerable<KeyValuePair<long, string>> Payloads(SqliteConnection db, long key)
    {
        using var row = db.Query(
            """
            SELECT id, data FROM payload WHERE instance_key = ?1
            AND id IS NOT (SELECT input FROM instance WHERE key = ?1)
            AND id NOT IN (SELECT payload FROM inbox WHERE instance_key = ?1 AND payload IS NOT NULL)
            """,
            key);
        while (row.Step()) yield return new(row.Int64(0), row.Text(1));
    }

    /// <summary>In order of arrival, one more than a page. Only ids are sorted: the messages of a page may be large.</summary>
    private static IEnumerable<long> MessageIds(SqliteConnection db, long key)
    {
        using var row = db.Query(
            "SELECT id FROM inbox WHERE instance_key = ? ORDER BY carried DESC, id LIMIT ?", key, InstanceStore.PageLimit + 1);
        while (row.Step()) yield return row.Int64(0);
    }

    private static InboxMessage Message(SqliteConnection db, long id)
    {
        using var row = db.Query(
            """
            SELECT m.received_at, m.kind, m.task_id, m.name, m.payload, m.failure, p.data
            FROM inbox m LEFT JOIN payload p ON p.id = m.payload WHERE m.id = ?
            """,
            id);
        row.Step();
        var failure = row.NullableText(5) is { } json ? JsonSerializer.Deserialize(json, TurnJson.Default.TaskFailure) : null;
        return new(id, row.Time(0), new((HistoryEventKind)row.Int32(1), row.Int32(2), row.NullableText(3), row.NullableInt64(4), failure)
        {
            Payload = row.NullableText(6),
        });
    }

    private static IEnumerable<TimerRecord> Timers(SqliteConnection db, long key)
    {
        using var row = db.Query("SELECT task_id, due_at FROM timer WHERE instance_key = ?", key);
        while (row.Step()) yield return new(row.Int32(0), row.Time(1));
    }

    private static IEnumerable<InstanceRecord> Records(SqliteStatement row, bool withPayloads)
    {
        while (row.Step()) yield return Record(row, withPayloads);
    }

    private static InstanceRecord Record(SqliteStatement row, bool withPayloads) => new()
    {
        Key = row.Int64(0),
        Id = row.Text(1),
        Name = row.Text(2),
        Status = (OrchestrationRuntimeStatus)row.Int32(3),
        Execution = row.Int32(4),
        NextSequence = row.Int32(5),
        CreatedAt = row.Time(6),
        UpdatedAt = row.Time(7),
        TurnAt = row.NullableTime(8),
        StartAt = row.NullableTime(9),
        Parent = row.IsNull(10) ? null : new(row.Int64(10), row.Text(11), row.Text(12), row.Int32(13)),
        Tags = row.NullableText(14) is { } tags
            ? JsonSerializer.Deserialize(tags, TurnJson.Default.IReadOnlyDictionaryStringString)!
            : ImmutableDictionary<string, string>.Empty,
        Failure = row.NullableText(15) is { } failure ? JsonSerializer.Deserialize(failure, TurnJson.Default.TaskFailureDetails) : null,
        Version = row.NullableText(16) ?? "",
        Held = row.NullableText(17),
        Crashes = row.Int32(18),
        Input = withPayloads ? row.NullableText(19) : null,
        Output = withPayloads ? row.NullableText(20) : null,
        CustomStatus = withPayloads ? row.NullableText(21) : null,
    };
}
