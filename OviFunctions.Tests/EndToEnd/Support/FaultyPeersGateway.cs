using OviFunctions.DevStack.Faults;
using OviFunctions.DevStack.Parts;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.EndToEnd.Support;

/// <summary>
/// A gateway that reaches the chain, its two facilitators and its storage through fault proxies, as the first facilitator reaches the
/// chain, and that is quick to give up waiting. The proxies are for one test at a time.
/// </summary>
public sealed class FaultyPeersGateway : IAsyncLifetime
{
    private readonly StackFixture _stack = new();
    private Facilitator _facilitator = null!;

    internal TestGateway Gateway { get; private set; } = null!;

    /// <summary>In front of the facilitator that is asked first.</summary>
    internal FaultProxy Facilitator { get; private set; } = null!;

    /// <summary>In front of the one that is asked next, which has a key of its own.</summary>
    internal FaultProxy SecondFacilitator { get; private set; } = null!;

    /// <summary>Between the first facilitator and the chain.</summary>
    internal FaultProxy FacilitatorsNode { get; private set; } = null!;

    /// <summary>In front of the chain's JSON-RPC.</summary>
    internal FaultProxy Node { get; private set; } = null!;

    /// <summary>In front of the Blob storage.</summary>
    internal FaultProxy Storage { get; private set; } = null!;

    internal ImageHost Images { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        await _stack.InitializeAsync();
        var endpoints = _stack.Stack.Endpoints;
        FacilitatorsNode = await FaultProxy.StartAsync(endpoints.ChainRpc!, TimeProvider.System);
        _facilitator = await _stack.Stack.StartFacilitatorAsync(FacilitatorsNode.Url, CancellationToken.None);
        Facilitator = await FaultProxy.StartAsync(_facilitator.Url, TimeProvider.System);
        SecondFacilitator = await FaultProxy.StartAsync(endpoints.Facilitators[0], TimeProvider.System);
        Node = await FaultProxy.StartAsync(endpoints.ChainRpc!, TimeProvider.System);
        Storage = await FaultProxy.StartAsync(_stack.Stack.Azurite.BlobService, TimeProvider.System);
        Images = await ImageHost.StartAsync();
        Gateway = await TestGateway.StartAsync(
            _stack.Stack,
            own => own with
            {
                Facilitators = [Facilitator.Url, SecondFacilitator.Url],
                ChainRpc = Node.Url,
                StorageConnectionString = _stack.Stack.Azurite.ConnectionStringFor(Storage.Url),
                AllowedHosts = [.. own.AllowedHosts, Images.Url.Authority],
            },
            [("Payments__FacilitatorTimeoutSeconds", "4"), ("Payments__AnswerWaitSeconds", "1"), ("Payments__SettleMarginSeconds", "6")]);
        await OrderExpiringAsync();
    }

    /// <summary>A paid request whose authorization expires about when the tests begin.</summary>
    internal (string Body, (string Name, string Value) Payment, DateTimeOffset ValidBefore) Expiring { get; private set; }

    /// <summary>The job that it bought.</summary>
    internal Ticket ExpiringTicket { get; private set; } = null!;

    public async Task DisposeAsync()
    {
        await Gateway.DisposeAsync();
        await Facilitator.DisposeAsync();
        await SecondFacilitator.DisposeAsync();
        await _facilitator.DisposeAsync();
        await FacilitatorsNode.DisposeAsync();
        await Node.DisposeAsync();
        await Storage.DisposeAsync();
        await Images.DisposeAsync();
        await _stack.DisposeAsync();
    }

    /// <summary>Takes all faults away.</summary>
    internal void Mend()
    {
        Facilitator.Clear();
        SecondFacilitator.Clear();
        FacilitatorsNode.Clear();
        Node.Clear();
        Storage.Clear();
    }

    private async Task OrderExpiringAsync()
    {
        var payer = await Payer.CreateAsync(_stack.Stack.Chain!);
        var quote = await Gateway.Shop.QuoteAsync();
        var validBefore = TimeProvider.System.GetUtcNow().AddSeconds(12);
        var signed = payer.Sign(quote, transfer => transfer with { ValidBefore = (ulong)validBefore.ToUnixTimeSeconds() });
        Expiring = (OrderBody.For("A clock.").ToJsonString(), Shop.Pay(quote, signed), validBefore);
        ExpiringTicket = Ticket.Of(await Gateway.Shop.OrderAsync(Expiring.Body, Expiring.Payment));
        await Gateway.Shop.EndOfAsync(ExpiringTicket);
    }
}
