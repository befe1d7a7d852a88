using OviFunctions.Payments.Evm;

namespace OviFunctions.Payments.Chain;

/// <summary>
/// Reads an EVM chain through our own node. It never writes. Failures are values; only the caller's cancellation
/// throws.
/// </summary>
public interface IChainReader
{
    /// <summary>The node's chain id, to be compared with the configured network before anything is believed.</summary>
    Task<ChainRead<ulong>> ChainIdAsync(CancellationToken cancellationToken);

    /// <summary>A block by tag.</summary>
    Task<ChainRead<BlockHead>> BlockAsync(BlockTag tag, CancellationToken cancellationToken);

    /// <summary>A block by its height, on the chain as the node sees it now.</summary>
    Task<ChainRead<BlockHead>> BlockAsync(ulong number, CancellationToken cancellationToken);

    /// <summary>EIP-3009 <c>authorizationState</c> in the state after a block named by hash (EIP-1898): used or cancelled.</summary>
    Task<ChainRead<bool>> AuthorizationUsedAsync(
        EvmAddress token, EvmAddress authorizer, Bytes32 nonce, Bytes32 blockHash, CancellationToken cancellationToken);

    /// <summary>The token balance at the latest block, in atomic units.</summary>
    Task<ChainRead<Uint256>> BalanceAsync(EvmAddress token, EvmAddress owner, CancellationToken cancellationToken);

    /// <summary>Whether the token's issuer has blocked an account at the latest block: USDC's <c>isBlacklisted</c>.</summary>
    Task<ChainRead<bool>> IsBlacklistedAsync(EvmAddress token, EvmAddress account, CancellationToken cancellationToken);

    /// <summary>
    /// Whether a contract takes a signature of its account at the latest block (EIP-1271). False also where there is no
    /// contract, and where it reverts.
    /// </summary>
    Task<ChainRead<bool>> IsValidSignatureAsync(
        EvmAddress account, Bytes32 digest, ReadOnlyMemory<byte> signature, CancellationToken cancellationToken);

    /// <summary>The logs of a range of blocks, both ends included, that were not removed by a reorganisation.</summary>
    Task<ChainRead<EvmLog[]>> LogsAsync(LogFilter filter, ulong fromBlock, ulong toBlock, CancellationToken cancellationToken);

    /// <summary>The logs of one block named by hash (EIP-234).</summary>
    Task<ChainRead<EvmLog[]>> LogsAsync(LogFilter filter, Bytes32 blockHash, CancellationToken cancellationToken);
}

/// <summary>How sure a block is.</summary>
public enum BlockTag
{
    /// <summary>The head, which a reorganisation may replace.</summary>
    Latest,

    /// <summary>Derived from data on the parent chain; minutes behind, and not expected to be replaced.</summary>
    Safe,
}

/// <summary>A block.</summary>
/// <param name="Number">Its height.</param>
/// <param name="Hash">Its hash.</param>
/// <param name="Timestamp">Unix seconds; contracts see this as <c>block.timestamp</c>.</param>
public sealed record BlockHead(ulong Number, Bytes32 Hash, ulong Timestamp)
{
    public DateTimeOffset Time => DateTimeOffset.FromUnixTimeSeconds((long)Timestamp);
}

/// <summary>Which logs are wanted.</summary>
/// <param name="Address">The contract.</param>
/// <param name="Topics">For each position the accepted values, or null for any.</param>
public sealed record LogFilter(EvmAddress Address, params IReadOnlyList<Bytes32>?[] Topics)
{
    /// <summary>Whether the log is one that was asked for; not every node's answer is.</summary>
    public bool Matches(EvmLog log) => log.Address == Address && log.Topics.Count >= Topics.Length
        && Topics.Zip(log.Topics).All(pair => pair.First is null || pair.First.Contains(pair.Second));
}

/// <summary>An event that a contract emitted.</summary>
/// <param name="Address">The contract.</param>
/// <param name="Topics">The event's signature hash and its indexed arguments.</param>
/// <param name="Data">The other arguments, ABI words.</param>
/// <param name="Transaction">The transaction's hash.</param>
/// <param name="BlockHash">The block's hash.</param>
/// <param name="BlockNumber">The block's height.</param>
/// <param name="LogIndex">The position among all logs of the block.</param>
public sealed record EvmLog(
    EvmAddress Address,
    IReadOnlyList<Bytes32> Topics,
    ReadOnlyMemory<byte> Data,
    Bytes32 Transaction,
    Bytes32 BlockHash,
    ulong BlockNumber,
    ulong LogIndex)
{
    /// <summary>Whether this AuthorizationUsed belongs to a Transfer: USDC emits the two one right after the other.</summary>
    public bool IsRightBefore(Bytes32 transaction, ulong logIndex) => LogIndex + 1 == logIndex && Transaction == transaction;
}
