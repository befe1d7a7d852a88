using System.Collections.Concurrent;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using OviFunctions.DevStack;
using OviFunctions.DevStack.Faults;
using OviFunctions.DevStack.Parts;

namespace OviFunctions.Bench.Money;

/// <summary>A facilitator between two proxies.</summary>
/// <param name="Front">Where the gateway reaches it.</param>
/// <param name="Chain">Where it reaches the chain.</param>
/// <param name="Itself">It, without a proxy.</param>
internal sealed record FacilitatorPeer(FaultProxy Front, FaultProxy Chain, Facilitator Itself);

/// <summary>Chain and facilitators of the gateway, with a proxy in each of the three places where money can go wrong.</summary>
internal sealed class MoneyPeers : IAsyncDisposable
{
    private static readonly TimeSpan MiningTime = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan GapTime = TimeSpan.FromSeconds(1.5);

    private readonly Stack<IAsyncDisposable> _parts = new();
    private readonly ConcurrentBag<Task> _filling = [];
    private readonly CancellationTokenSource _closing = new();
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false });
    private readonly DeveloperStack _stack;

    private MoneyPeers(DeveloperStack stack) => _stack = stack;

    /// <summary>Two, with keys of their own; in the order in which they are asked.</summary>
    public List<FacilitatorPeer> Facilitators { get; } = [];

    /// <summary>Between the gateway and the chain.</summary>
    public FaultProxy Node { get; private set; } = null!;

    /// <summary>Receives the payments; nobody else's money comes here.</summary>
    public Wallet PayTo { get; } = Wallet.Create();

    /// <summary>Pays the refunds of this gateway and no other.</summary>
    public Wallet Refunds { get; } = Wallet.Create();

    /// <summary>A transaction that pays for nothing here.</summary>
    public string StrangersTransaction { get; private set; } = "";

    public static string StrangersAddress => DevAccounts.Buyer.Address;

    public IEnumerable<FaultProxy> Proxies => [Node, .. Facilitators.SelectMany(facilitator => new[] { facilitator.Front, facilitator.Chain })];

    private ChainRpc Chain => _stack.Chain!.Rpc;

    public static async Task<MoneyPeers> StartAsync(DeveloperStack stack, CancellationToken cancellationToken)
    {
        var peers = new MoneyPeers(stack);
        try
        {
            peers.Node = peers.Add(await FaultProxy.StartAsync(stack.Endpoints.ChainRpc!, stack.Host.Time));
            for (var i = 0; i < 2; i++) peers.Facilitators.Add(await peers.StartFacilitatorAsync(cancellationToken));
            await peers.Chain.MintAsync(peers.Refunds.Address, 1_000_000 * MoneyOrder.Price, cancellationToken);
            var logs = await peers.Chain.GetUsdcLogsAsync(0, cancellationToken);
            peers.StrangersTransaction = logs[^1].GetProperty("transactionHash").GetString()!;
            return peers;
        }
        catch
        {
            await peers.DisposeAsync();
            throw;
        }
    }

    /// <summary>Whether the money of an operation has moved.</summary>
    /// <param name="isBeingMined">Waits for the block.</param>
    public async Task<bool> HasMovedAsync(MoneyOrder order, Operation operation, bool isBeingMined, CancellationToken cancellationToken)
    {
        var (payer, nonce) = operation == Operation.Refund ? (Refunds.Address, order.RefundNonce) : (order.Payer.Address, order.Nonce);
        var started = _stack.Host.Time.GetTimestamp();
        while (true)
        {
            var hasMoved = await Chain.IsNonceUsedAsync(payer, nonce, cancellationToken);
            if (hasMoved || !isBeingMined || _stack.Host.Time.GetElapsedTime(started) > MiningTime) return hasMoved;
            await Task.Delay(TimeSpan.FromMilliseconds(20), _stack.Host.Time, cancellationToken);
        }
    }

    /// <summary>Somebody else who has seen the signature has it settled.</summary>
    public async Task MoveMoneyAsync(MoneyOrder order, Operation operation, CancellationToken cancellationToken)
    {
        var settle = operation == Operation.Refund && order.RefundSettle is { } refund ? JsonNode.Parse(refund) : order.Settle;
        using var response = await _http.PostAsJsonAsync(new Uri(Facilitators[1].Itself.Url, "settle"), settle, cancellationToken);
    }

    /// <summary>
    /// A transaction that never reaches the chain leaves a gap in its sender's sequence of nonces, behind which all later ones
    /// wait. The operator closes it a moment later, unless the facilitator does by sending it again.
    /// </summary>
    public FaultAction FillingGap(FaultAction action, Facilitator sender) => async (peer, time, aborted) =>
    {
        var outcome = await action(peer, time, aborted);
        if (outcome is not FaultOutcome.Continue) _filling.Add(FillGapAsync(sender.Account.Address, time));
        return outcome;
    };

    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        await ((Task)Task.WhenAll(_filling)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        while (_parts.TryPop(out var part)) await part.DisposeAsync();
        _http.Dispose();
        _closing.Dispose();
    }

    private async Task FillGapAsync(string sender, TimeProvider time)
    {
        await Task.Delay(GapTime, time, _closing.Token);
        var next = await NextNonceAsync(sender);
        await Task.Delay(GapTime, time, _closing.Token);
        // In this time it would have been mined, had the node got it.
        if (await NextNonceAsync(sender) != next) return;
        object[] nothing = [new { from = sender, to = sender, nonce = next, gas = "0x5208" }];
        try
        {
            await Chain.CallAsync("eth_sendTransaction", nothing, _closing.Token);
        }
        catch (StackException)
        {
            // The facilitator was faster.
        }
    }

    private async Task<string> NextNonceAsync(string sender) =>
        (await Chain.CallAsync("eth_getTransactionCount", [sender, "latest"], _closing.Token)).GetString()!;

    private async Task<FacilitatorPeer> StartFacilitatorAsync(CancellationToken cancellationToken)
    {
        var chain = Add(await FaultProxy.StartAsync(_stack.Endpoints.ChainRpc!, _stack.Host.Time));
        var facilitator = Add(await _stack.StartFacilitatorAsync(chain.Url, cancellationToken));
        return new FacilitatorPeer(Add(await FaultProxy.StartAsync(facilitator.Url, _stack.Host.Time)), chain, facilitator);
    }

    private T Add<T>(T part) where T : IAsyncDisposable
    {
        _parts.Push(part);
        return part;
    }
}
