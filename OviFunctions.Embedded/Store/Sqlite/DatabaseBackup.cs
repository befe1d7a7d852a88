using System.Security.Cryptography;

namespace OviFunctions.Embedded.Store.Sqlite;

/// <summary>
/// Copies a database that another process may use, as it is at one moment: a single file that is complete, checked and on the disk
/// before it gets its name. While it is copied the write-ahead log cannot be emptied, so it grows. Not for the process that uses the
/// database: <see cref="DatabaseFile.CheckHeader"/> would take its locks from it.
/// </summary>
/// <remarks>To restore: stop the process, put the copy in the database's place, and remove the database's <c>-wal</c>, <c>-shm</c> and <c>.running</c>.</remarks>
internal static class DatabaseBackup
{
    /// <summary>What SQLite and the host keep beside a database. A log beside a new database would become part of it.</summary>
    private static readonly string[] Companions = ["", "-wal", "-shm", "-journal", ".lock", ".running", ".timers.json"];

    /// <exception cref="InstanceStoreException">The database is not ours or damaged, or the copy cannot be written, or is there already.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled; nothing is left of the copy.</exception>
    public static void Write(string path, string target, CancellationToken cancellationToken)
    {
        if (Companions.Any(end => Path.GetFullPath(path) + end == Path.GetFullPath(target)))
            throw new InstanceStoreException($"'{target}' is the database's own. Nothing was written; name another file for the backup.");
        if (Companions.Select(end => target + end).FirstOrDefault(Path.Exists) is { } taken)
            throw new InstanceStoreException($"'{taken}' exists. Nothing was written; name a new file for the backup.");
        var partial = $"{target}.{RandomNumberGenerator.GetHexString(8, lowercase: true)}.partial";
        try
        {
            // An empty file is a database to SQLite, and this says at once if there can be none.
            using (new FileStream(partial, FileMode.CreateNew)) { }
            Copy(path, partial, cancellationToken);
            using (var file = new FileStream(partial, FileMode.Open)) file.Flush(flushToDisk: true);
            cancellationToken.ThrowIfCancellationRequested();
            File.Move(partial, target);
        }
        catch (Exception e)
        {
            if (File.Exists(partial)) File.Delete(partial);
            cancellationToken.ThrowIfCancellationRequested();
            if (e is not InstanceStoreException and (IOException or UnauthorizedAccessException))
                throw new InstanceStoreException($"The backup '{target}' cannot be written: {e.Message}", e);
            throw;
        }
    }

    private static void Copy(string path, string partial, CancellationToken cancellationToken)
    {
        DatabaseFile.CheckHeader(path);
        using var source = DatabaseFile.OpenReader(path);
        using var copy = SqliteConnection.Open(partial, readOnly: false);
        using var interruption = cancellationToken.Register(copy.Interrupt);

        // What does not end well is deleted: it needs no journal and no sync.
        copy.Execute("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;");
        copy.CopyFrom(source, cancellationToken);
        copy.Execute("PRAGMA journal_mode = DELETE;");
        using var check = copy.Query("PRAGMA quick_check(1)");
        if (check.Step() && check.Text(0) is not "ok" and var damage)
            throw new InstanceStoreException($"The orchestration database '{path}' is damaged ({damage}). No backup was written.");
    }
}
