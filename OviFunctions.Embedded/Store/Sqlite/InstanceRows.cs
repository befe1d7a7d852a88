using System.Text.Json;
using Microsoft.DurableTask.Client;
using OviFunctions.Embedded.Engine;

namespace OviFunctions.Embedded.Store.Sqlite;

/// <summary>Changes to rows that several transactions share. Statuses in SQL: 1 completed, 3 failed, 5 terminated.</summary>
internal static class InstanceRows
{
    /// <summary>The new instance's key.</summary>
    public static long Insert(SqliteConnection db, NewInstance instance, ParentLink? parent)
    {
        db.Run(
            """
            INSERT INTO instance
              (id, name, status, version, created_at, updated_at, start_at, tags, parent_key, parent_id, parent_name, parent_task)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            instance.Id, instance.Name, (int)OrchestrationRuntimeStatus.Pending, instance.Version.Length == 0 ? null : instance.Version,
            instance.CreatedAt, instance.CreatedAt, instance.StartAt,
            instance.Tags.Count == 0 ? null : JsonSerializer.Serialize(instance.Tags, TurnJson.Default.IReadOnlyDictionaryStringString),
            parent?.Key, parent?.Id, parent?.Name, parent?.TaskId);
        var key = db.LastInsertedId;
        if (InsertPayload(db, key, instance.Input) is { } input) db.Run("UPDATE instance SET input = ? WHERE key = ?", input, key);
        return key;
    }

    /// <summary>The payload's id; null for no payload.</summary>
    public static long? InsertPayload(SqliteConnection db, long key, string? data)
    {
        if (data is null) return null;
        db.Run("INSERT INTO payload (instance_key, data) VALUES (?, ?)", key, data);
        return db.LastInsertedId;
    }

    /// <summary>Puts an event into an instance's inbox.</summary>
    /// <param name="db">The connection.</param>
    /// <param name="key">The instance.</param>
    /// <param name="e">The event.</param>
    /// <param name="at">When it arrived.</param>
    /// <param name="carriedTo">The execution that it was carried over to; 0: it arrived.</param>
    public static void Append(SqliteConnection db, long key, HistoryEvent e, DateTimeOffset at, int carriedTo = 0) => db.Run(
        "INSERT INTO inbox (instance_key, carried, kind, task_id, name, payload, failure, received_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        key, carriedTo, (int)e.Kind, e.TaskId, e.Name, InsertPayload(db, key, e.Payload),
        e.Failure is null ? null : JsonSerializer.Serialize(e.Failure, TurnJson.Default.TaskFailure), at);

    /// <summary>Drops what an ended instance would have done, and tells its parent.</summary>
    public static void Finish(SqliteConnection db, long key, TaskOutcome outcome, DateTimeOffset at, List<long> woken)
    {
        db.Run("DELETE FROM inbox WHERE instance_key = ?", key);
        db.Run("DELETE FROM timer WHERE instance_key = ?", key);
        db.Run("DELETE FROM activity WHERE instance_key = ?", key);
        long parentKey;
        int taskId;
        using (var row = db.Query(
            """
            SELECT parent.key, child.parent_task FROM instance child JOIN instance parent ON parent.key = child.parent_key
            WHERE child.key = ? AND parent.status NOT IN (1, 3, 5)
            """,
            key))
        {
            if (!row.Step()) return;
            (parentKey, taskId) = (row.Int64(0), row.Int32(1));
        }

        Append(db, parentKey, HistoryEvent.Completed(taskId, outcome), at);
        woken.Add(parentKey);
    }

    public static void Delete(SqliteConnection db, long key)
    {
        db.Run("DELETE FROM history WHERE instance_key = ?", key);
        db.Run("DELETE FROM payload WHERE instance_key = ?", key);
        db.Run("DELETE FROM inbox WHERE instance_key = ?", key);
        db.Run("DELETE FROM timer WHERE instance_key = ?", key);
        db.Run("DELETE FROM activity WHERE instance_key = ?", key);
        db.Run("DELETE FROM instance WHERE key = ?", key);
    }

    /// <summary>Keys of an instance and its sub-orchestrations at any depth that are finished, or that are not.</summary>
    public static List<long> WithDescendants(SqliteConnection db, long key, bool finished)
    {
        using var row = db.Query(
            """
            WITH RECURSIVE family (key) AS (
              VALUES (?)
              UNION SELECT instance.key FROM instance JOIN family ON instance.parent_key = family.key)
            SELECT key FROM instance WHERE key IN family AND (status IN (1, 3, 5)) = ?
            """,
            key, finished ? 1 : 0);
        var keys = new List<long>();
        while (row.Step()) keys.Add(row.Int64(0));
        return keys;
    }
}
