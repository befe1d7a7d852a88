using System.Text;
using SQLitePCL;

namespace OviFunctions.Embedded.Store.Sqlite;

/// <summary>A prepared statement of a <see cref="SqliteConnection"/>: bind, step, read columns by index, dispose to reset.</summary>
internal sealed class SqliteStatement(SqliteConnection connection, sqlite3_stmt handle) : IDisposable
{
    private bool _inUse;

    public void Bind(ReadOnlySpan<SqliteValue> values)
    {
        if (_inUse) throw new InvalidOperationException("A statement is used again before its last use has ended.");
        _inUse = true;
        try
        {
            for (var i = 0; i < values.Length; i++) connection.Check(values[i].Bind(handle, i + 1), $"bind parameter {i + 1}");
        }
        catch
        {
            Dispose(); // nobody else can: the caller does not get it
            throw;
        }
    }

    /// <summary>Whether there is a row to read.</summary>
    public bool Step()
    {
        var code = raw.sqlite3_step(handle);
        connection.Check(code, "run a statement");
        return code == raw.SQLITE_ROW;
    }

    public bool IsNull(int column) => raw.sqlite3_column_type(handle, column) == raw.SQLITE_NULL;

    public long Int64(int column) => raw.sqlite3_column_int64(handle, column);

    public int Int32(int column) => checked((int)Int64(column));

    public long? NullableInt64(int column) => IsNull(column) ? null : Int64(column);

    public string Text(int column) => Encoding.UTF8.GetString(raw.sqlite3_column_blob(handle, column));

    public string? NullableText(int column) => IsNull(column) ? null : Text(column);

    public byte[] Blob(int column) => raw.sqlite3_column_blob(handle, column).ToArray();

    public DateTimeOffset Time(int column) => new(Int64(column), TimeSpan.Zero);

    public DateTimeOffset? NullableTime(int column) => IsNull(column) ? null : Time(column);

    public void Dispose()
    {
        if (!_inUse) return;
        raw.sqlite3_reset(handle);
        raw.sqlite3_clear_bindings(handle);
        _inUse = false;
    }

    public void Release() => raw.sqlite3_finalize(handle);
}
