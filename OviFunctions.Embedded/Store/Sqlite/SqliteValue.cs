using System.Text;
using OviFunctions.Embedded.Engine;
using SQLitePCL;

namespace OviFunctions.Embedded.Store.Sqlite;

/// <summary>A parameter of a statement: null, integer, text or bytes. Times are stored as UTC ticks.</summary>
internal readonly struct SqliteValue
{
    private readonly long? _integer;
    private readonly string? _text;
    private readonly byte[]? _blob;

    private SqliteValue(long? integer, string? text, byte[]? blob) => (_integer, _text, _blob) = (integer, text, blob);

    public static implicit operator SqliteValue(long? value) => new(value, null, null);

    public static implicit operator SqliteValue(int value) => new(value, null, null);

    public static implicit operator SqliteValue(string? value) => new(null, value, null);

    public static implicit operator SqliteValue(byte[]? value) => new(null, null, value);

    public static implicit operator SqliteValue(DateTimeOffset? value) => new(value?.UtcTicks, null, null);

    /// <summary>Bytes of a text, as UTF-8, or of a blob.</summary>
    public long Size => _blob?.Length ?? PayloadLimit.SizeOf(_text);

    public int Bind(sqlite3_stmt statement, int index) => this switch
    {
        { _integer: { } integer } => raw.sqlite3_bind_int64(statement, index, integer),
        { _text: "" } => raw.sqlite3_bind_text(statement, index, ""), // an empty span would be taken for null
        { _text: { } text } => raw.sqlite3_bind_text(statement, index, Encoding.UTF8.GetBytes(text).AsSpan()),
        { _blob: { } blob } => raw.sqlite3_bind_blob(statement, index, blob),
        _ => raw.sqlite3_bind_null(statement, index),
    };
}
