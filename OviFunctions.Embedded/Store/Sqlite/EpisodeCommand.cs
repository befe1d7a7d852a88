using System.Text.Json;
using Microsoft.DurableTask.Client;
using OviFunctions.Embedded.Engine;

namespace OviFunctions.Embedded.Store.Sqlite;

/// <summary>The logical transaction of one episode. Statuses in SQL: 0 running, 7 suspended; 1, 3, 5 finished.</summary>
internal static class EpisodeCommand
{
    public static EpisodeResult Complete(SqliteConnection db, EpisodeCommit episode)
    {
        var key = episode.InstanceKey;
        db.Run(
            """
            UPDATE instance
            SET status = CASE status WHEN 7 THEN 7 ELSE 0 END, next_sequence = ? + 1, turn_at = ?, updated_at = ?, held = NULL,
              crashes = 0
            WHERE key = ? AND execution = ? AND next_sequence = ? AND status NOT IN (1, 3, 5)
            """,
            episode.Sequence, episode.TurnAt, episode.TurnAt, key, episode.Execution, episode.Sequence);
        if (db.Changes == 0) return EpisodeResult.Superseded;

        db.Run(
            "INSERT INTO history (instance_key, execution, sequence, turn) VALUES (?, ?, ?, ?)",
            key, episode.Execution, episode.Sequence, episode.Turn);
        if (episode.SetsCustomStatus) db.Run("UPDATE instance SET custom_status = ? WHERE key = ?", episode.CustomStatus, key);
        foreach (var id in episode.ConsumedMessages) db.Run("DELETE FROM inbox WHERE id = ?", id);
        foreach (var taskId in episode.ClosedTimers) db.Run("DELETE FROM timer WHERE instance_key = ? AND task_id = ?", key, taskId);
        foreach (var timer in episode.Timers)
            db.Run("INSERT INTO timer (instance_key, task_id, due_at) VALUES (?, ?, ?)", key, timer.TaskId, timer.DueAt);
        var (activities, woken) = (new List<long>(), new List<long>());
        foreach (var activity in episode.Activities)
        {
            db.Run(
                "INSERT INTO activity (instance_key, task_id, name, input) VALUES (?, ?, ?, ?)",
                key, activity.TaskId, activity.Name, activity.Input);
            activities.Add(db.LastInsertedId);
        }

        foreach (var e in episode.Events) Send(db, e, episode.TurnAt, woken);
        if (episode.Children.Count > 0) StartChildren(db, episode, woken);
        if (episode.End is { } end) End(db, episode, end, woken);
        return new(true, activities, woken);
    }

    private static void Send(SqliteConnection db, OutgoingEvent e, DateTimeOffset at, List<long> woken)
    {
        if (InstanceCommands.Find(db, e.InstanceId) is not { } target || target.Status.IsFinished()) return;
        InstanceRows.Append(db, target.Key, HistoryEvent.Raised(e.Name, e.Payload), at);
        woken.Add(target.Key);
    }

    private static void StartChildren(SqliteConnection db, EpisodeCommit episode, List<long> woken)
    {
        string parentId, parentName;
        using (var row = db.Query("SELECT id, name FROM instance WHERE key = ?", episode.InstanceKey))
        {
            row.Step();
            (parentId, parentName) = (row.Text(0), row.Text(1));
        }

        foreach (var (taskId, child) in episode.Children)
        {
            if (InstanceCommands.Find(db, child.Id) is { } old)
            {
                if (!old.Status.IsFinished())
                {
                    InstanceRows.Append(
                        db, episode.InstanceKey, HistoryEvent.Completed(taskId, InstanceStore.AlreadyExists(child.Id)), episode.TurnAt);
                    woken.Add(episode.InstanceKey);
                    continue;
                }

                InstanceRows.Delete(db, old.Key);
            }

            woken.Add(InstanceRows.Insert(db, child, new ParentLink(episode.InstanceKey, parentId, parentName, taskId)));
        }
    }

    private static void End(SqliteConnection db, EpisodeCommit episode, ExecutionEnd end, List<long> woken)
    {
        var key = episode.InstanceKey;
        switch (end)
        {
            case ExecutionEnd.Completed completed:
                db.Run(
                    "UPDATE instance SET status = ?, output = ? WHERE key = ?",
                    (int)OrchestrationRuntimeStatus.Completed, InstanceRows.InsertPayload(db, key, completed.Output), key);
                InstanceRows.Finish(db, key, new TaskOutcome(completed.Output), episode.TurnAt, woken);
                break;
            case ExecutionEnd.Failed failed:
                db.Run(
                    "UPDATE instance SET status = ?, failure = ? WHERE key = ?",
                    (int)OrchestrationRuntimeStatus.Failed,
                    JsonSerializer.Serialize(failed.Failure, TurnJson.Default.TaskFailureDetails),
                    key);
                InstanceRows.Finish(db, key, new TaskOutcome(null, new TaskFailure(failed.Failure)), episode.TurnAt, woken);
                break;
            case ExecutionEnd.ContinuedAsNew next:
                db.Run("DELETE FROM history WHERE instance_key = ?", key);
                db.Run(
                    """
                    DELETE FROM payload WHERE instance_key = ?1
                    AND id NOT IN (SELECT payload FROM inbox WHERE instance_key = ?1 AND payload IS NOT NULL)
                    """,
                    key);
                db.Run(
                    "UPDATE instance SET execution = ? + 1, next_sequence = 0, input = ?, version = coalesce(?, version) WHERE key = ?",
                    episode.Execution, InstanceRows.InsertPayload(db, key, next.Input), next.Version, key);
                foreach (var e in next.CarriedOver) InstanceRows.Append(db, key, e, episode.TurnAt, carriedTo: episode.Execution + 1);
                break;
        }
    }
}
