using System.Text.Json;
using OviFunctions.Embedded.Engine;
using OviFunctions.Embedded.Store;
using OviFunctions.Embedded.Store.Sqlite;

namespace OviFunctions.Bench.Chaos;

/// <summary>What the database itself says when all instances are finished and the engine has stopped.</summary>
internal static class DatabaseAudit
{
    public static IEnumerable<string> Violations(string path)
    {
        using var db = SqliteConnection.Open(path, readOnly: true);
        var violations = new List<string>();
        Check("SELECT 'The file is damaged: ' || integrity_check FROM pragma_integrity_check WHERE integrity_check <> 'ok'");
        Check("SELECT 'Instance ' || id || ' has status ' || status || ', not completed.' FROM instance WHERE status <> 1");
        foreach (var table in (string[])["inbox", "timer", "activity"])
            Check($"SELECT 'A row of instance ' || instance_key || ' is left in {table}.' FROM {table}");
        Check(
            """
            SELECT 'Instance ' || id || ' has turns missing.' FROM instance WHERE next_sequence <>
            (SELECT count(*) FROM history WHERE instance_key = key AND history.execution = instance.execution)
            """);
        Histories();
        return violations;

        void Check(string sql)
        {
            using var row = db.Query(sql);
            while (row.Step()) violations.Add(row.Text(0));
        }

        void Histories()
        {
            var turns = new List<(string Id, Turn Turn)>();
            using (var row = db.Query("SELECT id, turn FROM history JOIN instance ON key = instance_key ORDER BY row_id"))
            {
                while (row.Step()) turns.Add((row.Text(0), JsonSerializer.Deserialize(row.Blob(1), TurnJson.Default.Turn)!));
            }

            foreach (var history in turns.GroupBy(turn => turn.Id, turn => turn.Turn))
                violations.AddRange(Tasks([.. history]).Select(what => $"The history of {history.Key}: {what}"));
        }
    }

    /// <summary>Whatever was asked for was answered once, whatever was answered had been asked for.</summary>
    private static IEnumerable<string> Tasks(IReadOnlyList<Turn> turns)
    {
        var actions = turns.SelectMany(turn => turn.Actions).ToArray();
        var inbound = turns.SelectMany(turn => turn.Inbound).ToArray();
        int[] asked = [.. Of(actions, HistoryEventKind.ActivityScheduled), .. Of(actions, HistoryEventKind.SubOrchestrationScheduled)];
        int[] answered = [.. Of(inbound, HistoryEventKind.TaskCompleted), .. Of(inbound, HistoryEventKind.TaskFailed)];
        int[] fired = [.. Of(inbound, HistoryEventKind.TimerFired)];
        foreach (var task in asked.Except(answered)) yield return $"task {task} was not answered.";
        foreach (var task in answered.Except(asked)) yield return $"task {task} was answered and not asked for.";
        foreach (var task in answered.Concat(fired).CountBy(task => task).Where(task => task.Value > 1))
            yield return $"task {task.Key} was answered {task.Value} times.";

        static IEnumerable<int> Of(HistoryEvent[] events, HistoryEventKind kind) => events.Where(e => e.Kind == kind).Select(e => e.TaskId);
    }
}
