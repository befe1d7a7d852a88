using Microsoft.Extensions.Logging.Abstractions;
using OviFunctions.DevStack.Parts;
using OviFunctions.DevStack.Processes;
using OviFunctions.Payments.Facilitators;
using OviFunctions.Payments.X402;
using OviFunctions.Tests.Support;
using FacilitatorPart = OviFunctions.DevStack.Parts.Facilitator;
using LocalChain = OviFunctions.DevStack.Parts.Chain;

namespace OviFunctions.Tests.Payments.Chain;

/// <summary>A chain of its own with the reference facilitator: these tests move its clock and take blocks back.</summary>
public sealed class AnvilFixture(StackFixture stack) : IAsyncLifetime
{
    private readonly HttpClient _client = new(HttpFacilitator.CreateHandler());
    private LocalChain _chain = null!;
    private FacilitatorPart _facilitator = null!;

    internal Anvil Anvil { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        var host = stack.Stack.Host with { Ports = Ports.Ephemeral() };
        _chain = await LocalChain.StartAsync(host, ChainNetwork.Base, CancellationToken.None);
        _facilitator = await FacilitatorPart.StartAsync(host, _chain, CancellationToken.None);
        Anvil = new Anvil(_chain.RpcUrl);
    }

    public async Task DisposeAsync()
    {
        Anvil.Dispose();
        _client.Dispose();
        await _facilitator.DisposeAsync();
        await _chain.DisposeAsync();
    }

    /// <summary>The reference facilitator, spoken to in a version.</summary>
    internal HttpFacilitator Facilitator(X402Version version) => new(
        _client, new FacilitatorOptions("reference", _facilitator.Url) { Version = version }, TimeProvider.System, NullLogger<HttpFacilitator>.Instance);
}

[CollectionDefinition(nameof(AnvilGroup))]
public sealed class AnvilGroup : ICollectionFixture<StackFixture>;
