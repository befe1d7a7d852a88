using System.Collections.Concurrent;
using OviFunctions.Jobs;
using OviFunctions.Storage;

namespace OviFunctions.Providers.Health;

/// <summary>The state of each provider account, shared by all machines.</summary>
public sealed class ProviderStates(IRecordStore records, TimeProvider clock)
{
    private readonly ConcurrentDictionary<string, SharedState> _states = new(StringComparer.Ordinal);

    /// <summary>An account's state, at most five seconds old while storage works; what was seen last, or the empty one, while it does not.</summary>
    public ValueTask<ProviderState> ReadAsync(string provider, CancellationToken cancellationToken) => Of(provider).ReadAsync(cancellationToken);

    /// <summary>What this machine saw last.</summary>
    public ProviderState LastSeen(string provider) => Of(provider).LastSeen;

    /// <summary>An account's state as it stands in the store.</summary>
    public Task<ProviderState> CurrentAsync(string provider, CancellationToken cancellationToken) =>
        UpdateAsync(provider, state => (state, state), cancellationToken);

    /// <summary>Changes a state as it stands now; the changes of this machine that come together are written together.</summary>
    /// <param name="provider">The account.</param>
    /// <param name="change">The new state, or the same one to leave it, and what the caller wants to know. It may be called several times.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="SharedRecordBusyException">Others change it all the time.</exception>
    public Task<TResult> UpdateAsync<TResult>(
        string provider, Func<ProviderState, (ProviderState State, TResult Result)> change, CancellationToken cancellationToken) =>
        Of(provider).Updates.ApplyAsync(change, cancellationToken);

    /// <summary>
    /// Asks to be the one attempt that tries an account whose circuit is half-open. For a job that is planned, not for a quote: it writes.
    /// </summary>
    /// <returns>Whether the caller is it; false while storage does not work.</returns>
    public async Task<bool> TakeTrialAsync(string provider, string model, CancellationToken cancellationToken)
    {
        try
        {
            return await UpdateAsync(
                provider,
                state => ProviderHealth.Of(state, model, clock.GetUtcNow()).Circuit == CircuitState.HalfOpen
                    ? (state with { TrialAt = clock.GetUtcNow() }, true)
                    : (state, false),
                cancellationToken);
        }
        catch (Exception e) when (StorageOutage.Is(e))
        {
            return false;
        }
    }

    private SharedState Of(string provider) => _states.GetOrAdd(
        provider, name => new SharedState(new SharedRecord<ProviderState>(records, clock, RecordNames.Provider(name), ProviderState.Empty), clock));

    /// <summary>One account's state as this machine sees it.</summary>
    private sealed class SharedState(SharedRecord<ProviderState> record, TimeProvider clock)
    {
        private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(1);
        private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(5);

        private readonly Lock _gate = new();
        private Task _reading = Task.CompletedTask;
        private long? _failedAt;

        public CombinedUpdates<ProviderState> Updates { get; } = new(record);

        public ProviderState LastSeen => record.LastSeen ?? ProviderState.Empty;

        public async ValueTask<ProviderState> ReadAsync(CancellationToken cancellationToken)
        {
            Task reading;
            lock (_gate)
            {
                // Every quote asks. While storage is down none of them waits for it, but the one that tries it again.
                if (_failedAt is { } at && (!_reading.IsCompleted || clock.GetElapsedTime(at) < RetryAfter)) return LastSeen;
                if (_reading.IsCompleted) _reading = RefreshAsync();
                reading = _reading;
            }

            try
            {
                await reading.WaitAsync(LongestWait, clock, cancellationToken);
            }
            catch (TimeoutException)
            {
                // Storage is slow: the order is not to be.
            }

            return LastSeen;
        }

        private async Task RefreshAsync()
        {
            long? failedAt = null;
            try
            {
                await record.ReadAsync(CancellationToken.None);
            }
            catch (Exception e) when (StorageOutage.Is(e))
            {
                failedAt = clock.GetTimestamp();
            }

            lock (_gate) _failedAt = failedAt;
        }
    }
}
