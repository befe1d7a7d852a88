using OviFunctions.Payments.Chain;
using OviFunctions.Payments.Evm;

namespace OviFunctions.Tests.Support;

/// <summary>A chain that shows what a test says.</summary>
internal sealed class ScriptedChain : IChainReader
{
    private int _calls;

    public ulong Head { get; set; } = 100;

    public Uint256 Balance { get; set; } = 100_000_000;

    /// <summary>Nonces that were used or cancelled.</summary>
    public HashSet<Bytes32> Used { get; } = [];

    /// <summary>Accounts that the token does not serve.</summary>
    public HashSet<EvmAddress> Blacklisted { get; } = [];

    /// <summary>Reads that fail, by the name of their method.</summary>
    public HashSet<string> Down { get; } = [];

    /// <summary>Runs before each read.</summary>
    public Func<string, Task> Before { get; set; } = _ => Task.CompletedTask;

    public int Calls => Volatile.Read(ref _calls);

    public Task<ChainRead<ulong>> ChainIdAsync(CancellationToken cancellationToken) => ReadAsync<ulong>(nameof(ChainIdAsync), () => 8453ul);

    public Task<ChainRead<BlockHead>> BlockAsync(BlockTag tag, CancellationToken cancellationToken) =>
        ReadAsync<BlockHead>(nameof(BlockAsync), () => new BlockHead(Head, new Bytes32(new byte[32]), 1_795_176_000));

    public Task<ChainRead<BlockHead>> BlockAsync(ulong number, CancellationToken cancellationToken) =>
        ReadAsync<BlockHead>(nameof(BlockAsync), () => new BlockHead(number, new Bytes32(new byte[32]), 1_795_176_000));

    public Task<ChainRead<bool>> AuthorizationUsedAsync(
        EvmAddress token, EvmAddress authorizer, Bytes32 nonce, Bytes32 blockHash, CancellationToken cancellationToken) =>
        ReadAsync<bool>(nameof(AuthorizationUsedAsync), () => Used.Contains(nonce));

    public Task<ChainRead<Uint256>> BalanceAsync(EvmAddress token, EvmAddress owner, CancellationToken cancellationToken) =>
        ReadAsync<Uint256>(nameof(BalanceAsync), () => Balance);

    public Task<ChainRead<bool>> IsBlacklistedAsync(EvmAddress token, EvmAddress account, CancellationToken cancellationToken) =>
        ReadAsync<bool>(nameof(IsBlacklistedAsync), () => Blacklisted.Contains(account));

    public Task<ChainRead<EvmLog[]>> LogsAsync(LogFilter filter, ulong fromBlock, ulong toBlock, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public Task<ChainRead<EvmLog[]>> LogsAsync(LogFilter filter, Bytes32 blockHash, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    private async Task<ChainRead<T>> ReadAsync<T>(string name, Func<T> value)
    {
        Interlocked.Increment(ref _calls);
        await Before(name);
        return Down.Contains(name) ? new ChainFailure("the node does not answer") : value();
    }
}
