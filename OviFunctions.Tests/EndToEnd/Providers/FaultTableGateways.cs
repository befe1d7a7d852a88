using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.EndToEnd.Providers;

/// <summary>A gateway for each column of the fault table, all at work side by side.</summary>
public sealed class FaultTableGateways : IAsyncLifetime
{
    private readonly StackFixture _stack = new();
    private readonly Dictionary<string, FaultTableGateway> _gateways = [];

    /// <summary>What became of a row's job at a provider, as the table says it.</summary>
    internal Task<string> CellAsync(TableProvider provider, TableFault fault) => _gateways[provider.Name].CellAsync(fault);

    public async Task InitializeAsync()
    {
        await _stack.InitializeAsync();
        foreach (var provider in TableProvider.All) _gateways[provider.Name] = await FaultTableGateway.StartAsync(_stack.Stack, provider);
    }

    public async Task DisposeAsync()
    {
        foreach (var gateway in _gateways.Values) await gateway.DisposeAsync();
        await _stack.DisposeAsync();
    }
}
