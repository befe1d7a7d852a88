using SQLitePCL;

namespace OviFunctions.Embedded.Store.Sqlite;

/// <summary>A connection with its prepared statements. Used by one caller at a time.</summary>
internal sealed class SqliteConnection : IDisposable
{
    /// <summary>SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, which the oldest SQLitePCL has no name for.</summary>
    private const int NoCheckpointOnClose = 1006;

    private const long PageSize = 4096;

    private readonly sqlite3 _handle;
    private readonly Dictionary<string, SqliteStatement> _statements = new(StringComparer.Ordinal);
    private long _bound;
    private int _changesBefore;

    static SqliteConnection() => Batteries_V2.Init();

    private SqliteConnection(string path, sqlite3 handle) => (Path, _handle) = (path, handle);

    public string Path { get; }

    public int Changes => raw.sqlite3_changes(_handle);

    public long LastInsertedId => raw.sqlite3_last_insert_rowid(_handle);

    /// <summary>
    /// About how many bytes a transaction has written, at most: its values, and a page for each row that it changed, as rows of
    /// different instances seldom share one.
    /// </summary>
    public long Written => _bound + (PageSize * unchecked((uint)(raw.sqlite3_total_changes(_handle) - _changesBefore)));

    /// <summary>False outside of a transaction; some errors, such as a full disk, end it on their own.</summary>
    public bool InTransaction => raw.sqlite3_get_autocommit(_handle) == 0;

    /// <exception cref="InstanceStoreException">The file cannot be opened.</exception>
    public static SqliteConnection Open(string path, bool readOnly)
    {
        var flags = readOnly ? raw.SQLITE_OPEN_READONLY : raw.SQLITE_OPEN_READWRITE | raw.SQLITE_OPEN_CREATE;
        var code = raw.sqlite3_open_v2(path, out var handle, flags | raw.SQLITE_OPEN_NOMUTEX, null);
        var connection = new SqliteConnection(path, handle);
        if (code == raw.SQLITE_OK) return connection;
        using (connection) throw connection.Error("open the file");
    }

    /// <summary>Runs a script of several statements.</summary>
    public void Execute(string script) => Check(raw.sqlite3_exec(_handle, script), "run a script");

    /// <summary>Runs a statement that returns no rows.</summary>
    public void Run(string sql, params ReadOnlySpan<SqliteValue> values)
    {
        using var statement = Query(sql, values);
        statement.Step();
    }

    /// <summary>Starts a transaction of which much may be written.</summary>
    public void BeginWrite()
    {
        Run("BEGIN IMMEDIATE");
        (_bound, _changesBefore) = (0, raw.sqlite3_total_changes(_handle));
    }

    /// <summary>Starts a statement; it is free again when disposed.</summary>
    public SqliteStatement Query(string sql, params ReadOnlySpan<SqliteValue> values)
    {
        if (!_statements.TryGetValue(sql, out var statement))
        {
            Check(raw.sqlite3_prepare_v2(_handle, sql, out var handle), $"prepare '{sql}'");
            _statements.Add(sql, statement = new(this, handle));
        }

        statement.Bind(values);
        foreach (var value in values) _bound += value.Size;
        return statement;
    }

    public long ReadInt64(string sql, params ReadOnlySpan<SqliteValue> values)
    {
        using var statement = Query(sql, values);
        return statement.Step() ? statement.Int64(0) : throw new InstanceStoreException($"'{sql}' returned nothing.");
    }

    /// <summary>Reads in one snapshot, which ends with it.</summary>
    public T ReadSnapshot<T>(Func<SqliteConnection, T> read)
    {
        try
        {
            if (!InTransaction) Run("BEGIN");
            return read(this);
        }
        finally
        {
            EndSnapshot();
        }
    }

    /// <summary>Whether closing leaves what is in the write-ahead log there, instead of moving it into the database.</summary>
    public void KeepLogOnClose(bool keep) =>
        Check(raw.sqlite3_db_config(_handle, NoCheckpointOnClose, keep ? 1 : 0, out _), "set an option");

    /// <summary>Ends the statement that runs now, with an error. The one call that may come from another thread.</summary>
    public void Interrupt() => raw.sqlite3_interrupt(_handle);

    /// <summary>Replaces the content of this database by that of another as it is now.</summary>
    public void CopyFrom(SqliteConnection source, CancellationToken cancellationToken)
    {
        const int PagesAtATime = 1024;

        // One snapshot for all steps: without it the copy would begin anew with each commit.
        source.Run("BEGIN");
        source.ReadInt64("SELECT count(*) FROM sqlite_schema");
        var backup = raw.sqlite3_backup_init(_handle, "main", source._handle, "main");
        if (backup.IsInvalid) throw Error("begin a copy");
        var code = raw.SQLITE_OK;
        using (backup)
        {
            while (code == raw.SQLITE_OK)
            {
                cancellationToken.ThrowIfCancellationRequested();
                code = raw.sqlite3_backup_step(backup, PagesAtATime);
            }
        }

        source.Run("COMMIT");
        Check(code, $"copy '{source.Path}'");
    }

    public void Dispose()
    {
        foreach (var statement in _statements.Values) statement.Release();
        _statements.Clear();
        raw.sqlite3_close_v2(_handle);
    }

    internal void Check(int code, string what)
    {
        if (code is not (raw.SQLITE_OK or raw.SQLITE_ROW or raw.SQLITE_DONE)) throw Error(what);
    }

    private void EndSnapshot()
    {
        try
        {
            if (InTransaction) Run("COMMIT");
        }
        catch (InstanceStoreException)
        {
            // A read has nothing to lose; if the connection is broken, its next read says so.
        }
    }

    private InstanceStoreException Error(string what)
    {
        var code = raw.sqlite3_errcode(_handle);
        return new(
            $"SQLite could not {what} in '{Path}': {raw.sqlite3_errmsg(_handle).utf8_to_string()} "
            + $"(code {raw.sqlite3_extended_errcode(_handle)}{(code == raw.SQLITE_CORRUPT ? ", also where the disk gives read errors" : "")}).")
        {
            IsOfOneWrite = code is raw.SQLITE_ERROR or raw.SQLITE_CONSTRAINT or raw.SQLITE_TOOBIG or raw.SQLITE_MISMATCH,
            IsDamage = code is raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB,
        };
    }
}
