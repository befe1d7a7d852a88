namespace OviFunctions.Embedded.Store.Sqlite;

/// <summary>How often the process died while something ran. Statuses in SQL: 1, 3, 5 finished.</summary>
internal static class CrashCounts
{
    public static int Increment(SqliteConnection db, IReadOnlyCollection<WorkItem> work)
    {
        foreach (var (isActivity, id) in work)
        {
            db.Run(
                isActivity
                    ? "UPDATE activity SET crashes = crashes + 1 WHERE id = ?"
                    : "UPDATE instance SET crashes = crashes + 1 WHERE key = ? AND status NOT IN (1, 3, 5)",
                id);
        }

        return work.Count;
    }

    public static IReadOnlyDictionary<WorkItem, int> Read(SqliteConnection db, int atLeast)
    {
        // "> 0" is what the partial indexes cover; were one not usable, SQLite would refuse the query.
        using var row = db.Query(
            """
            SELECT 1, id, crashes FROM activity INDEXED BY activity_crashes WHERE crashes > 0 AND crashes >= ?1
            UNION ALL SELECT 0, key, crashes FROM instance INDEXED BY instance_crashes WHERE crashes > 0 AND crashes >= ?1
            ORDER BY 3 DESC LIMIT ?2
            """,
            atLeast, InstanceStore.PageLimit);
        var crashes = new Dictionary<WorkItem, int>();
        while (row.Step()) crashes.Add(new(row.Int32(0) == 1, row.Int64(1)), row.Int32(2));
        return crashes;
    }
}
