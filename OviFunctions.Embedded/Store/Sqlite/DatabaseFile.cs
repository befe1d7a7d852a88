using System.Buffers.Binary;
using System.Reflection;

namespace OviFunctions.Embedded.Store.Sqlite;

/// <summary>
/// Makes sure that a file is ours before anything is written to it: not in use by another process, not something else, not damaged,
/// not from a newer release. Then brings its tables up to date.
/// </summary>
internal static class DatabaseFile
{
    /// <summary>"OviE" in SQLite's header field for the application's id.</summary>
    private const int ApplicationId = 0x4F766945;

    private const string MigrationPrefix = "OviFunctions.Embedded.Migrations.";

    /// <summary>The lock is held as long as the result is not disposed; the operating system releases it if the process dies.</summary>
    /// <exception cref="InstanceStoreException">Another process holds it.</exception>
    public static FileStream Lock(string path)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
            return new FileStream(path + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InstanceStoreException(
                $"The orchestration database '{path}' cannot be locked. Only one process may use it: is another one running? ({e.Message})",
                e);
        }
    }

    /// <summary>Opens the one connection that writes and checkpoints.</summary>
    /// <exception cref="InstanceStoreException">The file is not one of this engine, is damaged, or is from a newer release.</exception>
    public static SqliteConnection OpenWriter(string path)
    {
        var isNew = !File.Exists(path) || new FileInfo(path).Length == 0;
        if (!isNew) CheckHeader(path);
        else if (new FileInfo(path + "-wal") is { Exists: true, Length: > 0 }) throw Damaged(path, "it is empty, its '-wal' file is not");
        var connection = SqliteConnection.Open(path, readOnly: false);
        try
        {
            if (!isNew) CheckContent(connection);

            // The id goes into the file itself before there is a log: from then on the header alone tells whose file it is.
            else connection.Execute($"PRAGMA application_id = {ApplicationId};");
            connection.Execute("PRAGMA busy_timeout = 1000; PRAGMA mmap_size = 0;");
            connection.Execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;");
            Migrate(connection);
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>A connection for reads: it never writes, never checkpoints, and maps no memory.</summary>
    /// <exception cref="InstanceStoreException">The file cannot be opened.</exception>
    public static SqliteConnection OpenReader(string path)
    {
        var connection = SqliteConnection.Open(path, readOnly: true);
        connection.Execute("PRAGMA busy_timeout = 5000; PRAGMA query_only = 1; PRAGMA wal_autocheckpoint = 0; PRAGMA mmap_size = 0;");
        return connection;
    }

    /// <summary>A connection for a look from another process, beside the one that writes or without it.</summary>
    /// <exception cref="InstanceStoreException">The file is not one of this engine, or of another release.</exception>
    public static SqliteConnection OpenViewer(string path)
    {
        CheckHeader(path);
        var connection = OpenReader(path);
        try
        {
            var (version, known) = (connection.ReadInt64("PRAGMA user_version"), Migrations().Count);
            if (version == known) return connection;
            throw new InstanceStoreException($"'{path}' has schema {version}, this release reads {known}. "
                + (version > known ? "Use the release that wrote it." : "Start the host once: it brings the file up to date."));
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>
    /// The header's fields: https://www.sqlite.org/fileformat.html section 1.3. Before this process opens the database: closing any
    /// descriptor of a file drops all of the process's POSIX locks on it (https://www.sqlite.org/howtocorrupt.html section 2.2).
    /// </summary>
    /// <exception cref="InstanceStoreException">The file is not one of this engine.</exception>
    public static void CheckHeader(string path)
    {
        Span<byte> header = stackalloc byte[100];
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        if (file.ReadAtLeast(header, header.Length, throwOnEndOfStream: false) < header.Length || !header.StartsWith("SQLite format 3\0"u8))
            throw new InstanceStoreException($"'{path}' is not a SQLite database. It was left as it is; name another file.");
        if (BinaryPrimitives.ReadInt32BigEndian(header[68..]) != ApplicationId)
            throw new InstanceStoreException($"'{path}' is a database of another application. It was left as it is; name another file.");
    }

    private static void CheckContent(SqliteConnection connection)
    {
        connection.KeepLogOnClose(true);
        var known = Migrations().Count;
        long version;
        string damage;
        try
        {
            version = connection.ReadInt64("PRAGMA user_version");
            using var check = connection.Query("PRAGMA quick_check(1)");
            damage = version > known || !check.Step() ? "ok" : check.Text(0);
        }
        catch (InstanceStoreException e) when (e.IsDamage)
        {
            throw Damaged(connection.Path, e.Message);
        }

        if (damage != "ok") throw Damaged(connection.Path, damage);
        if (version > known)
        {
            throw new InstanceStoreException(
                $"'{connection.Path}' was written by a newer release (schema {version}, this one knows {known}). It was left as it is.");
        }

        connection.KeepLogOnClose(false);
    }

    private static InstanceStoreException Damaged(string path, string how) =>
        new($"The orchestration database '{path}' is damaged ({how}). It was left as it is; restore a backup.");

    /// <summary>All missing scripts in one transaction: if one fails, the release that wrote the file can still use it.</summary>
    private static void Migrate(SqliteConnection connection)
    {
        var (scripts, version) = (Migrations(), (int)connection.ReadInt64("PRAGMA user_version"));
        if (version == scripts.Count) return;
        connection.Execute("BEGIN IMMEDIATE;");
        foreach (var script in scripts.Skip(version)) Run(script);
        connection.Execute($"PRAGMA user_version = {scripts.Count}; COMMIT;");

        void Run(string script)
        {
            using var reader = new StreamReader(typeof(DatabaseFile).Assembly.GetManifestResourceStream(script)!);
            try
            {
                connection.Execute(reader.ReadToEnd());
            }
            catch (InstanceStoreException e)
            {
                throw new InstanceStoreException(
                    $"'{connection.Path}' has schema {version} and could not be brought to {scripts.Count}: the migration "
                    + $"{script[MigrationPrefix.Length..]} failed. Its content was left as it is. {e.Message}",
                    e);
            }
        }
    }

    private static List<string> Migrations() =>
        [.. Assembly.GetExecutingAssembly().GetManifestResourceNames()
            .Where(n => n.StartsWith(MigrationPrefix, StringComparison.Ordinal)).Order(StringComparer.Ordinal)];
}
