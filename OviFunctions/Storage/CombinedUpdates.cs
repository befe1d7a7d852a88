namespace OviFunctions.Storage;

/// <summary>
/// Changes of one shared record that this machine wants at once, written together: one write is under way at a time, and the next one
/// takes all that have come since. So many jobs that end together do not compete for the record.
/// </summary>
public sealed class CombinedUpdates<T>(SharedRecord<T> record) where T : class
{
    private const int MostWaiting = 2000;

    private readonly Lock _gate = new();
    private List<(Func<T, T> Apply, TaskCompletionSource Done)> _waiting = [];
    private bool _isWriting;

    /// <summary>Changes the record as it stands then.</summary>
    /// <param name="change">The new record, or the same one to leave it, and what the caller wants to know. It may be called several times.</param>
    /// <param name="cancellationToken">Ends the wait; the change may be written all the same.</param>
    /// <exception cref="SharedRecordBusyException">Others change it all the time, or too many changes wait here.</exception>
    public async Task<TResult> ApplyAsync<TResult>(Func<T, (T Value, TResult Result)> change, CancellationToken cancellationToken)
    {
        var result = default(TResult)!;
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            if (_waiting.Count == MostWaiting) throw new SharedRecordBusyException(record.Name);
            _waiting.Add((Apply, done));
            if (!_isWriting)
            {
                _isWriting = true;
                _ = Task.Run(WriteAsync, CancellationToken.None);
            }
        }

        await done.Task.WaitAsync(cancellationToken);
        return result;

        T Apply(T standing)
        {
            (standing, result) = change(standing);
            return standing;
        }
    }

    private async Task WriteAsync()
    {
        while (TakeAll() is { } batch)
        {
            try
            {
                await record.UpdateAsync(
                    standing => batch.Aggregate(standing, (value, change) => change.Apply(value)) is var value && ReferenceEquals(value, standing) ? null : value,
                    CancellationToken.None);
                foreach (var change in batch) change.Done.SetResult();
            }
#pragma warning disable CA1031 // Whatever it is, it is told to all who wait.
            catch (Exception e)
#pragma warning restore CA1031
            {
                foreach (var change in batch) change.Done.SetException(e);
            }
        }
    }

    private List<(Func<T, T> Apply, TaskCompletionSource Done)>? TakeAll()
    {
        lock (_gate)
        {
            if (_waiting.Count == 0)
            {
                _isWriting = false;
                return null;
            }

            var batch = _waiting;
            _waiting = [];
            return batch;
        }
    }
}
