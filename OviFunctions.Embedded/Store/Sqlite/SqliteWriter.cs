using System.Collections.Concurrent;

namespace OviFunctions.Embedded.Store.Sqlite;

/// <summary>
/// The one thread that writes. Logical transactions queue up (bounded), all that wait go into one physical commit, each behind its own
/// savepoint so that one that fails does not take its neighbours with it, and each caller hears of its own only after the commit.
/// </summary>
internal sealed class SqliteWriter : IAsyncDisposable
{
    private const int LargestBatch = 256;

    private readonly SqliteConnection _connection;
    private readonly StoreHealth _health;
    private readonly Action<CommitPhase>? _onCommit;
    private readonly BlockingCollection<LogicalTransaction> _queue = [];
    private readonly SemaphoreSlim _places;
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public SqliteWriter(SqliteConnection connection, int capacity, StoreHealth health, Action<CommitPhase>? onCommit)
    {
        (_connection, _health, _onCommit) = (connection, health, onCommit);
        _places = new(capacity);
        new Thread(Loop) { IsBackground = true, Name = "orchestration store writer" }.Start();
    }

    /// <summary>Queues a transaction, waiting for a place if there is none.</summary>
    /// <exception cref="InstanceStoreException">It was not committed, or the store is closed.</exception>
    public async Task<T> WriteAsync<T>(Func<SqliteConnection, T> body)
    {
        await _places.WaitAsync();
        var transaction = new LogicalTransaction<T>(body);
        try
        {
            _queue.Add(transaction);
        }
        catch (InvalidOperationException e)
        {
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
            var failure = Commit(batch);
            _health.Report(failure ?? batch.Select(t => t.Failure).FirstOrDefault(f => f is not null));
            _places.Release(batch.Count);
            foreach (var transaction in batch) transaction.Acknowledge(failure);
            batch.Clear();
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
            _health.Report(e); // the log stays, and the next start reads it
        }

        _connection.Dispose();
        _closed.SetResult();
    }

    /// <summary>Null: committed, except for transactions that failed on their own.</summary>
    private InstanceStoreException? Commit(List<LogicalTransaction> batch)
    {
        try
        {
            _connection.Run("BEGIN IMMEDIATE");
            foreach (var transaction in batch)
            {
                _connection.Run("SAVEPOINT logical");
                if (!transaction.TryRun(_connection)) Undo();
                _connection.Run("RELEASE logical");
            }

            _onCommit?.Invoke(CommitPhase.Before);
            _connection.Run("COMMIT");
            _onCommit?.Invoke(CommitPhase.After);
            return null;
        }
        catch (Exception e)
        {
            return RolledBack(e);
        }
    }

    private void Undo()
    {
        if (!_connection.InTransaction) throw new InstanceStoreException("SQLite ended the transaction.");
        _connection.Run("ROLLBACK TO logical");
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
        /// <summary>Why this one failed on its own.</summary>
        public InstanceStoreException? Failure { get; protected set; }

        public abstract bool TryRun(SqliteConnection connection);

        public abstract void Acknowledge(InstanceStoreException? commitFailure);
    }

    private sealed class LogicalTransaction<T>(Func<SqliteConnection, T> body) : LogicalTransaction
    {
        private readonly TaskCompletionSource<T> _acknowledged = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private T? _result;

        public Task<T> Result => _acknowledged.Task;

        public override bool TryRun(SqliteConnection connection)
        {
            try
            {
                _result = body(connection);
            }
            catch (Exception e)
            {
                Failure = e as InstanceStoreException ?? new($"A write to '{connection.Path}' failed: {e.Message}", e);
            }

            return Failure is null;
        }

        public override void Acknowledge(InstanceStoreException? commitFailure)
        {
            if ((Failure ?? commitFailure) is { } failure) _acknowledged.SetException(failure);
            else _acknowledged.SetResult(_result!);
        }
    }
}
