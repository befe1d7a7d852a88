using Microsoft.Extensions.Logging;
using OviFunctions.Payments.Evm;

namespace OviFunctions.Payments.Chain;

/// <summary>
/// Believes a node only when it is on the configured network: with a node of another chain nothing would ever be paid,
/// or worse, play money would be. The id is asked once, with the first read.
/// </summary>
public sealed partial class OneChainReader(IChainReader node, EvmNetwork network, ILogger<OneChainReader> logger) : IChainReader
{
    private volatile bool _right;

    /// <inheritdoc/>
    public Task<ChainRead<ulong>> ChainIdAsync(CancellationToken cancellationToken) => node.ChainIdAsync(cancellationToken);

    /// <inheritdoc/>
    public async Task<ChainRead<BlockHead>> BlockAsync(BlockTag tag, CancellationToken cancellationToken) =>
        await WrongAsync(cancellationToken) is { } wrong ? wrong : await node.BlockAsync(tag, cancellationToken);

    /// <inheritdoc/>
    public async Task<ChainRead<BlockHead>> BlockAsync(ulong number, CancellationToken cancellationToken) =>
        await WrongAsync(cancellationToken) is { } wrong ? wrong : await node.BlockAsync(number, cancellationToken);

    /// <inheritdoc/>
    public async Task<ChainRead<bool>> AuthorizationUsedAsync(
        EvmAddress token, EvmAddress authorizer, Bytes32 nonce, Bytes32 blockHash, CancellationToken cancellationToken) =>
        await WrongAsync(cancellationToken) is { } wrong
            ? wrong
            : await node.AuthorizationUsedAsync(token, authorizer, nonce, blockHash, cancellationToken);

    /// <inheritdoc/>
    public async Task<ChainRead<Uint256>> BalanceAsync(EvmAddress token, EvmAddress owner, CancellationToken cancellationToken) =>
        await WrongAsync(cancellationToken) is { } wrong ? wrong : await node.BalanceAsync(token, owner, cancellationToken);

    /// <inheritdoc/>
    public async Task<ChainRead<bool>> IsBlacklistedAsync(EvmAddress token, EvmAddress account, CancellationToken cancellationToken) =>
        await WrongAsync(cancellationToken) is { } wrong ? wrong : await node.IsBlacklistedAsync(token, account, cancellationToken);

    /// <inheritdoc/>
    public async Task<ChainRead<EvmLog[]>> LogsAsync(LogFilter filter, ulong fromBlock, ulong toBlock, CancellationToken cancellationToken) =>
        await WrongAsync(cancellationToken) is { } wrong ? wrong : await node.LogsAsync(filter, fromBlock, toBlock, cancellationToken);

    /// <inheritdoc/>
    public async Task<ChainRead<EvmLog[]>> LogsAsync(LogFilter filter, Bytes32 blockHash, CancellationToken cancellationToken) =>
        await WrongAsync(cancellationToken) is { } wrong ? wrong : await node.LogsAsync(filter, blockHash, cancellationToken);

    private async ValueTask<ChainFailure?> WrongAsync(CancellationToken cancellationToken)
    {
        if (_right) return null;
        if (!(await node.ChainIdAsync(cancellationToken)).TryGet(out var id, out var failure)) return failure;
        if (id == network.ChainId)
        {
            _right = true;
            return null;
        }

        WrongChain(logger, id, network.ChainId);
        return new ChainFailure($"the node is on chain {id} instead of {network.ChainId}");
    }

    [LoggerMessage(2301, LogLevel.Critical, "Payments:RpcUrl leads to chain {Actual}, but Payments:Network is chain {Expected}. No payment is taken.")]
    private static partial void WrongChain(ILogger logger, ulong actual, ulong expected);
}
