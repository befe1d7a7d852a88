using System.Threading.Channels;

namespace OviFunctions.Embedded.Store.Sqlite;

/// <summary>A few read-only connections. A read is short and in one piece: no transaction outlives it and holds up a checkpoint.</summary>
internal sealed class SqliteReaders : IDisposable
{
    private const int Count = 4;

    private readonly ReaderWriterLockSlim _snapshots;
    private readonly StoreHealth _health;
    private readonly Channel<SqliteConnection> _idle = Channel.CreateBounded<SqliteConnection>(Count);

    /// <param name="path">The database.</param>
    /// <param name="snapshots">Entered for each read, so that the writer can have a moment without any.</param>
    /// <param name="health">Hears of reads that fail.</param>
    public SqliteReaders(string path, ReaderWriterLockSlim snapshots, StoreHealth health)
    {
        (_snapshots, _health) = (snapshots, health);
        for (var i = 0; i < Count; i++) _idle.Writer.TryWrite(DatabaseFile.OpenReader(path));
    }

    /// <summary>Runs a read that sees one state of the database.</summary>
    public async Task<T> ReadAsync<T>(Func<SqliteConnection, T> read, CancellationToken cancellationToken)
    {
        SqliteConnection connection;
        try
        {
            connection = await _idle.Reader.ReadAsync(cancellationToken);
        }
        catch (ChannelClosedException e)
        {
            throw new InstanceStoreException("The orchestration database is closed.", e);
        }

        _snapshots.EnterReadLock();
        try
        {
            return connection.ReadSnapshot(read);
        }
        catch (InstanceStoreException e) when (!e.IsOfOneWrite)
        {
            _health.ReadFailed(e);
            throw;
        }
        finally
        {
            _snapshots.ExitReadLock();
            if (!_idle.Writer.TryWrite(connection)) connection.Dispose();
        }
    }

    /// <summary>Closes the connections; one that is in use is closed after its read.</summary>
    public void Dispose()
    {
        _idle.Writer.TryComplete();
        while (_idle.Reader.TryRead(out var connection)) connection.Dispose();
    }
}
