using Nethereum.JsonRpc.Client;
using Nethereum.RPC.Eth.DTOs;
using Nethereum.Web3;
using OviFunctions.Payments.Evm;

namespace OviFunctions.Payments.Chain;

/// <summary>
/// A chain reader on Nethereum (Nethereum.Web3 6.1.0). Calls by block hash go through its client directly, because
/// its block parameter knows numbers and tags only.
/// </summary>
/// <param name="web3">Needs no account; its HttpClient should bound answers (<c>MaxResponseContentBufferSize</c>).</param>
/// <param name="timeout">For one call.</param>
/// <param name="time">Measures the timeout.</param>
public sealed class NethereumChainReader(IWeb3 web3, TimeSpan timeout, TimeProvider time) : IChainReader
{
    /// <inheritdoc/>
    public Task<ChainRead<ulong>> ChainIdAsync(CancellationToken cancellationToken) =>
        ReadAsync("eth_chainId", () => web3.Eth.ChainId.SendRequestAsync(), id => (ulong)id.Value, cancellationToken);

    /// <inheritdoc/>
    public Task<ChainRead<BlockHead>> BlockAsync(BlockTag tag, CancellationToken cancellationToken)
    {
        var block = new BlockParameter();
        if (tag == BlockTag.Safe) block.SetValue(BlockParameter.BlockParameterType.safe);
        return BlockAsync(block, cancellationToken);
    }

    /// <inheritdoc/>
    public Task<ChainRead<BlockHead>> BlockAsync(ulong number, CancellationToken cancellationToken) =>
        BlockAsync(new BlockParameter(number), cancellationToken);

    /// <inheritdoc/>
    public Task<ChainRead<bool>> AuthorizationUsedAsync(
        EvmAddress token, EvmAddress authorizer, Bytes32 nonce, Bytes32 blockHash, CancellationToken cancellationToken)
    {
        var block = new Dictionary<string, object> { ["blockHash"] = blockHash.ToString(), ["requireCanonical"] = true };
        return ReadAsync("eth_call", () => CallAsync(token, TokenAbi.AuthorizationStateCall(authorizer, nonce), block),
            word => Word(word) > 0, cancellationToken);
    }

    /// <inheritdoc/>
    public Task<ChainRead<Uint256>> BalanceAsync(EvmAddress token, EvmAddress owner, CancellationToken cancellationToken) =>
        ReadAsync("eth_call", () => CallAsync(token, TokenAbi.BalanceOfCall(owner), "latest"), Word, cancellationToken);

    /// <inheritdoc/>
    public Task<ChainRead<bool>> IsBlacklistedAsync(EvmAddress token, EvmAddress account, CancellationToken cancellationToken) =>
        ReadAsync("eth_call", () => CallAsync(token, TokenAbi.IsBlacklistedCall(account), "latest"), word => Word(word) > 0, cancellationToken);

    /// <inheritdoc/>
    public Task<ChainRead<EvmLog[]>> LogsAsync(LogFilter filter, ulong fromBlock, ulong toBlock, CancellationToken cancellationToken)
    {
        var query = new NewFilterInput
        {
            Address = [filter.Address.ToString()],
            Topics = Topics(filter),
            FromBlock = new BlockParameter(fromBlock),
            ToBlock = new BlockParameter(toBlock),
        };
        return ReadAsync("eth_getLogs", () => web3.Eth.Filters.GetLogs.SendRequestAsync(query), Logs, cancellationToken);
    }

    /// <inheritdoc/>
    public Task<ChainRead<EvmLog[]>> LogsAsync(LogFilter filter, Bytes32 blockHash, CancellationToken cancellationToken)
    {
        var query = new Dictionary<string, object>
        {
            ["address"] = filter.Address.ToString(),
            ["topics"] = Topics(filter),
            ["blockHash"] = blockHash.ToString(),
        };
        return ReadAsync(
            "eth_getLogs", () => web3.Client.SendRequestAsync<FilterLog[]>("eth_getLogs", null, query), Logs, cancellationToken);
    }

    private Task<ChainRead<BlockHead>> BlockAsync(BlockParameter block, CancellationToken cancellationToken) =>
        ReadAsync("eth_getBlockByNumber", () => web3.Eth.Blocks.GetBlockWithTransactionsHashesByNumber.SendRequestAsync(block),
            found => new BlockHead((ulong)found.Number.Value, Bytes32.Parse(found.BlockHash), (ulong)found.Timestamp.Value),
            cancellationToken);

    private Task<string> CallAsync(EvmAddress contract, string data, object block)
    {
        var call = new Dictionary<string, object> { ["to"] = contract.ToString(), ["data"] = data };
        return web3.Client.SendRequestAsync<string>("eth_call", null, call, block);
    }

    // Nethereum reports failures as exceptions of many types, its own and those of the JSON reader below it, and a
    // missing field as a null. Whatever it is, this read gave nothing.
    private async Task<ChainRead<TTo>> ReadAsync<TFrom, TTo>(
        string method, Func<Task<TFrom>> send, Func<TFrom, TTo> convert, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            return convert(await send().WaitAsync(timeout, time, cancellationToken));
        }
        catch (RpcResponseException e)
        {
            return new ChainFailure($"{method}: error {e.RpcError.Code}", Refused: true);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            return new ChainFailure($"{method}: {e.GetType().Name}");
        }
    }

    private static object?[] Topics(LogFilter filter) =>
        [.. filter.Topics.Select(accepted => accepted?.Select(topic => topic.ToString()).ToArray())];

    private static Uint256 Word(string result)
    {
        Span<byte> word = stackalloc byte[Bytes32.Size];
        Bytes32.Parse(result).CopyTo(word);
        return Uint256.FromBigEndian(word);
    }

    private static EvmLog[] Logs(FilterLog[] logs) => [.. logs.Where(log => !log.Removed).Select(log => new EvmLog(
        EvmAddress.Parse(log.Address),
        [.. log.Topics.Select(topic => Bytes32.Parse((string)topic))],
        Hex.Decode(log.Data) ?? throw new FormatException("A log's data is not hex."),
        Bytes32.Parse(log.TransactionHash),
        Bytes32.Parse(log.BlockHash),
        (ulong)log.BlockNumber.Value,
        (ulong)log.LogIndex.Value))];
}
