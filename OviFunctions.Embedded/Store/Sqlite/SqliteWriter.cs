using System.Collections.Concurrent;

namespace OviFunctions.Embedded.Store.Sqlite;

/// <summary>
/// The one thread that writes. Logical transactions queue up (bounded), all that wait go into one physical commit, each behind its own
/// savepoint so that one that fails does not take its neighbours with it, and each caller hears of its own only after the commit.
/// If the storage itself fails, nothing of the batch counts. A checkpoint follows before the log becomes too long.
/// </summary>
internal sealed class SqliteWriter : IAsyncDisposable
{
    private const int LargestBatch = 256;

    /// <summary>When a commit has <see cref="SqliteConnection.Written"/> so much, it takes no further transaction.</summary>
    private const long HeaviestCommit = 16 * 1024 * 1024;

    /// <summary>SQLite's automatic checkpoints never shorten a log that always has a reader; at this length it is made empty.</summary>
    private const long LongestLog = 32 * 1024 * 1024;

    private static readonly TimeSpan ReadPatience = TimeSpan.FromSeconds(1);

    private readonly SqliteConnection _connection;
    private readonly StoreHealth _health;
    private readonly Action<CommitPhase>? _onCommit;
    private readonly BlockingCollection<LogicalTransaction> _queue = [];
    private readonly SemaphoreSlim _places;
    private readonly int _reserved;
    private readonly ReaderWriterLockSlim _snapshots;
    private readonly long _longestLog;
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _emptyLogAt;

    /// <summary>Why the log could not be moved into the database the last time; null: it could, or readers were in the way.</summary>
    private InstanceStoreException? _logError;

    public SqliteWriter(
        SqliteConnection connection, int capacity, StoreHealth health, ReaderWriterLockSlim snapshots, Action<CommitPhase>? onCommit,
        long longestLog = LongestLog)
    {
        (_connection, _health, _snapshots, _onCommit) = (connection, health, snapshots, onCommit);
        (_longestLog, _emptyLogAt) = (longestLog, longestLog);
        connection.Execute($"PRAGMA journal_size_limit = {longestLog / 2};");
        (_places, _reserved) = (new(capacity), capacity / 4);
        new Thread(Loop) { IsBackground = true, Name = "orchestration store writer" }.Start();
    }

    /// <summary>Queues a transaction, waiting for a place if there is none. A quarter of the places is not for new work.</summary>
    /// <exception cref="InstanceStoreException">It was not committed, or the store is closed.</exception>
    /// <exception cref="IntakeRefusedException">It is new work, and there is no place.</exception>
    public async Task<T> WriteAsync<T>(Func<SqliteConnection, T> body, bool isNewWork = false)
    {
        if (isNewWork && _places.CurrentCount <= _reserved)
            throw new IntakeRefusedException($"Too many writes wait for '{_connection.Path}' to take new work. Try again soon.");
        await _places.WaitAsync();
        var transaction = new LogicalTransaction<T>(body);
        try
        {
            _queue.Add(transaction);
        }
        catch (InvalidOperationException e)
        {
            _places.Release(); // for the next who waits: the writer has no more to give back
            throw new InstanceStoreException($"The orchestration database '{_connection.Path}' is closed.", e);
        }

        return await transaction.Result;
    }

    /// <summary>Commits what is queued, moves the log into the database, and closes it.</summary>
    public async ValueTask DisposeAsync()
    {
        _queue.CompleteAdding();
        await _closed.Task;
    }

    private void Loop()
    {
        var batch = new List<LogicalTransaction>(LargestBatch);
        foreach (var first in _queue.GetConsumingEnumerable())
        {
            batch.Add(first);
            while (batch.Count < LargestBatch && _queue.TryTake(out var next)) batch.Add(next);
            while (batch.Count > 0)
            {
                _health.CommitBegins();
                var count = batch.Count;
                var failure = StuckLog() ?? Commit(batch, out count);
                _health.CommitEnded(failure);
                _places.Release(count);
                foreach (var transaction in batch[..count]) transaction.Acknowledge(failure);
                batch.RemoveRange(0, count);
                _health.CheckpointBegins();
                ShortenLog();
                _health.CheckpointEnded();
            }
        }

        Close();
    }

    private void Close()
    {
        try
        {
            _connection.Run("PRAGMA wal_checkpoint(TRUNCATE)");
        }
        catch (InstanceStoreException e)
        {
            _health.CommitEnded(e); // the log stays, and the next start reads it
        }

        _connection.Dispose();
        _closed.SetResult();
    }

    /// <summary>Commits as many of the batch as one commit may take; if it fails, all of them have failed.</summary>
    /// <returns>Null: committed, except for transactions that failed on their own.</returns>
    private InstanceStoreException? Commit(List<LogicalTransaction> batch, out int count)
    {
        try
        {
            _connection.BeginWrite();
            for (count = 0; count < batch.Count && _connection.Written < HeaviestCommit; count++)
            {
                _connection.Run("SAVEPOINT logical");
                if (batch[count].Run(_connection) is { } failure) Undo(failure);
                _connection.Run("RELEASE logical");
            }

            _onCommit?.Invoke(CommitPhase.Before);
            _connection.Run("COMMIT");
            _onCommit?.Invoke(CommitPhase.After);
            return null;
        }
        catch (Exception e)
        {
            count = batch.Count;
            return RolledBack(e);
        }
    }

    private void Undo(InstanceStoreException failure)
    {
        if (!failure.IsOfOneWrite || !_connection.InTransaction) throw failure;
        _connection.Run("ROLLBACK TO logical");
    }

    /// <summary>
    /// Moves all of a long log into the database and empties it, in a moment without reads: those under way end, others wait. If one
    /// takes too long, or another process reads, it is tried again when the log has grown further, or has begun anew: SQLite does that
    /// by itself when all is in the database and nobody reads, and then cuts the file to the journal's size limit.
    /// </summary>
    private void ShortenLog()
    {
        var length = LogLength();
        if (length < _longestLog) _emptyLogAt = _longestLog;
        if (length >= _emptyLogAt) EmptyLog(length);
    }

    private long LogLength() => new FileInfo(_connection.Path + "-wal") is { Exists: true, Length: var length } ? length : 0;

    private void EmptyLog(long length) => _emptyLogAt = TryEmptyLog() ? _longestLog : length + (_longestLog / 4);

    /// <summary>
    /// A log that cannot be moved because the database's storage fails, while its own does not, may grow to four times its usual length.
    /// Then commits fail until it can. Null: they need not.
    /// </summary>
    private InstanceStoreException? StuckLog()
    {
        if (IsStuck()) EmptyLog(LogLength());
        return IsStuck()
            ? new($"Nothing is committed to '{_connection.Path}': its log is full and cannot be moved into it. {_logError!.Message}", _logError)
            : null;

        bool IsStuck() => _logError is not null && LogLength() >= 4 * _longestLog;
    }

    private bool TryEmptyLog()
    {
        if (!_snapshots.TryEnterWriteLock(ReadPatience)) return false;
        try
        {
            _logError = null;
            return _connection.ReadInt64("PRAGMA wal_checkpoint(TRUNCATE)") == 0;
        }
        catch (InstanceStoreException e)
        {
            _logError = e; // nothing is lost
            return false;
        }
        finally
        {
            _snapshots.ExitWriteLock();
        }
    }

    private InstanceStoreException RolledBack(Exception failure)
    {
        try
        {
            if (_connection.InTransaction) _connection.Run("ROLLBACK");
        }
        catch (InstanceStoreException e)
        {
            failure = new AggregateException(failure, e);
        }

        return new InstanceStoreException($"A commit to '{_connection.Path}' failed: {failure.Message}", failure);
    }

    private abstract class LogicalTransaction
    {
        /// <summary>Null: it did what it should.</summary>
        public abstract InstanceStoreException? Run(SqliteConnection connection);

        public abstract void Acknowledge(InstanceStoreException? commitFailure);
    }

    private sealed class LogicalTransaction<T>(Func<SqliteConnection, T> body) : LogicalTransaction
    {
        private readonly TaskCompletionSource<T> _acknowledged = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private T? _result;
        private InstanceStoreException? _failure;

        public Task<T> Result => _acknowledged.Task;

        public override InstanceStoreException? Run(SqliteConnection connection)
        {
            try
            {
                _result = body(connection);
            }
            catch (Exception e)
            {
                _failure = e as InstanceStoreException
                    ?? new($"A write to '{connection.Path}' failed: {e.Message}", e) { IsOfOneWrite = true };
            }

            return _failure;
        }

        public override void Acknowledge(InstanceStoreException? commitFailure)
        {
            if ((_failure ?? commitFailure) is { } failure) _acknowledged.SetException(failure);
            else _acknowledged.SetResult(_result!);
        }
    }
}
