using System.Collections.Concurrent;
using OviFunctions.Jobs;
using OviFunctions.Storage;

namespace OviFunctions.Providers.Health;

/// <summary>The state of each provider account, shared by all machines.</summary>
public sealed class ProviderStates(IRecordStore records, TimeProvider clock)
{
    private readonly ConcurrentDictionary<string, SharedRecord<ProviderState>> _states = new(StringComparer.Ordinal);

    /// <summary>An account's state, at most five seconds old.</summary>
    public ValueTask<ProviderState> ReadAsync(string provider, CancellationToken cancellationToken) => Of(provider).ReadAsync(cancellationToken);

    private SharedRecord<ProviderState> Of(string provider) => _states.GetOrAdd(
        provider, name => new SharedRecord<ProviderState>(records, clock, RecordNames.Provider(name), ProviderState.Empty));
}
