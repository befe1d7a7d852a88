using System.Text.Json;
using Microsoft.DurableTask.Client;
using OviFunctions.Embedded.Engine;

namespace OviFunctions.Embedded.Store.Sqlite;

/// <summary>The logical transactions of <see cref="SqliteStore"/> other than an episode's; each runs within a savepoint.</summary>
internal static class InstanceCommands
{
    /// <summary>When the deletions of one transaction have <see cref="SqliteConnection.Written"/> so much, no further instance is deleted.</summary>
    private const long HeaviestPurge = 16 * 1024 * 1024;

    private const int Suspended = (int)OrchestrationRuntimeStatus.Suspended;
    private const int Pending = (int)OrchestrationRuntimeStatus.Pending;
    private const int Running = (int)OrchestrationRuntimeStatus.Running;

    public static CreateResult Create(SqliteConnection db, NewInstance instance, IReadOnlyCollection<OrchestrationRuntimeStatus> blocking)
    {
        var woken = new List<long>();
        if (Find(db, instance.Id) is { } old)
        {
            if (blocking.Contains(old.Status)) return new(false, old.Status, []);
            if (!old.Status.IsFinished()) Terminate(db, old.Key, null, instance.CreatedAt, woken);
            InstanceRows.Delete(db, old.Key);
        }

        woken.Add(InstanceRows.Insert(db, instance, null));
        return new(true, null, woken);
    }

    public static DeliveryResult RaiseEvent(SqliteConnection db, string id, string name, string? payload, DateTimeOffset at)
    {
        if (FindUnfinished(db, id, out var key) is { } refused) return refused;
        InstanceRows.Append(db, key, HistoryEvent.Raised(name, payload), at);
        return new(Delivery.Accepted, [key], []);
    }

    public static DeliveryResult Terminate(SqliteConnection db, string id, string? output, bool recursive, DateTimeOffset at)
    {
        if (FindUnfinished(db, id, out var root) is { } refused) return refused;
        var (woken, changed) = (new List<long>(), new List<string>());
        foreach (var key in recursive ? InstanceRows.WithDescendants(db, root, finished: false) : [root])
            changed.Add(Terminate(db, key, output, at, woken));
        return new(Delivery.Accepted, woken, changed);
    }

    public static DeliveryResult Suspend(SqliteConnection db, string id, DateTimeOffset at)
    {
        if (FindUnfinished(db, id, out var key) is { } refused) return refused;
        db.Run("UPDATE instance SET status = ?, updated_at = ? WHERE key = ?", Suspended, at, key);
        return new(Delivery.Accepted, [], [id]);
    }

    public static DeliveryResult Resume(SqliteConnection db, string id, DateTimeOffset at)
    {
        if (FindUnfinished(db, id, out var key) is { } refused) return refused;
        db.Run(
            "UPDATE instance SET status = CASE WHEN turn_at IS NULL THEN ? ELSE ? END, updated_at = ? WHERE key = ? AND status = ?",
            Pending, Running, at, key, Suspended);
        db.Run("UPDATE instance SET held = NULL, crashes = 0 WHERE key = ?", key);
        return new(Delivery.Accepted, [key], [id]);
    }

    public static HeldInstance? Hold(SqliteConnection db, long key, string why)
    {
        using var row = db.Query("UPDATE instance SET held = ? WHERE key = ? AND status NOT IN (1, 3, 5) RETURNING id, name", why, key);
        return row.Step() ? new(row.Text(0), row.Text(1)) : null;
    }

    public static bool CompleteActivity(SqliteConnection db, long activityId, TaskOutcome outcome, DateTimeOffset at)
    {
        long instanceKey;
        int taskId;
        using (var row = db.Query("SELECT instance_key, task_id FROM activity WHERE id = ?", activityId))
        {
            if (!row.Step()) return false;
            (instanceKey, taskId) = (row.Int64(0), row.Int32(1));
        }

        db.Run("DELETE FROM activity WHERE id = ?", activityId);
        InstanceRows.Append(db, instanceKey, HistoryEvent.Completed(taskId, outcome), at);
        return true;
    }

    public static int Purge(SqliteConnection db, IReadOnlyCollection<string> ids, bool recursive)
    {
        var keys = new HashSet<long>();
        foreach (var id in ids)
        {
            if (Find(db, id) is not { } found || !found.Status.IsFinished()) continue;
            if (recursive) keys.UnionWith(InstanceRows.WithDescendants(db, found.Key, finished: true));
            else keys.Add(found.Key);
        }

        foreach (var key in keys) InstanceRows.Delete(db, key);
        return keys.Count;
    }

    /// <summary>Status in SQL: 1 completed.</summary>
    public static int PurgeCompleted(SqliteConnection db, DateTimeOffset before, int limit)
    {
        var keys = new List<long>();
        using (var row = db.Query(
            "SELECT key FROM instance INDEXED BY instance_completed WHERE status = 1 AND updated_at < ? ORDER BY updated_at LIMIT ?",
            before, limit))
        {
            while (row.Step()) keys.Add(row.Int64(0));
        }

        var (deleted, written) = (0, db.Written);
        for (; deleted < keys.Count && db.Written - written < HeaviestPurge; deleted++) InstanceRows.Delete(db, keys[deleted]);
        return deleted;
    }

    /// <summary>As much as a large start takes, in the name of an instance that never is.</summary>
    public static int WriteProbe(SqliteConnection db)
    {
        db.Run("INSERT INTO payload (instance_key, data) VALUES (0, zeroblob(65536))");
        return db.Changes;
    }

    public static int DeleteProbe(SqliteConnection db)
    {
        db.Run("DELETE FROM payload WHERE instance_key = 0");
        return db.Changes;
    }

    public static (long Key, OrchestrationRuntimeStatus Status)? Find(SqliteConnection db, string id)
    {
        using var row = db.Query("SELECT key, status FROM instance WHERE id = ?", id);
        return row.Step() ? (row.Int64(0), (OrchestrationRuntimeStatus)row.Int32(1)) : null;
    }

    private static DeliveryResult? FindUnfinished(SqliteConnection db, string id, out long key)
    {
        key = 0;
        if (Find(db, id) is not { } found) return DeliveryResult.Unknown;
        if (found.Status.IsFinished()) return DeliveryResult.Finished;
        key = found.Key;
        return null;
    }

    private static string Terminate(SqliteConnection db, long key, string? output, DateTimeOffset at, List<long> woken)
    {
        db.Run(
            "UPDATE instance SET status = ?, updated_at = ?, output = ?, held = NULL, crashes = 0 WHERE key = ?",
            (int)OrchestrationRuntimeStatus.Terminated, at, InstanceRows.InsertPayload(db, key, output), key);
        string id, name;
        using (var row = db.Query("SELECT id, name FROM instance WHERE key = ?", key))
        {
            row.Step();
            (id, name) = (row.Text(0), row.Text(1));
        }

        InstanceRows.Finish(db, key, InstanceStore.Terminated(id, name), at, woken);
        return id;
    }
}
