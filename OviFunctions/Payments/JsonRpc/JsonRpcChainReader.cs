using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using OviFunctions.Payments.Evm;

namespace OviFunctions.Payments.Chain;

/// <summary>A chain reader on a node's JSON-RPC (ethereum/execution-apis), without further packages.</summary>
/// <param name="client">Its handler should follow no redirects: <see cref="CreateHandler"/>.</param>
/// <param name="endpoint">The node's URL; it may hold a key and is never logged.</param>
/// <param name="timeout">For one call.</param>
/// <param name="time">Measures the timeout.</param>
/// <param name="logger">Receives the errors that the node answers with.</param>
public sealed class JsonRpcChainReader(
    HttpClient client, Uri endpoint, TimeSpan timeout, TimeProvider time, ILogger<JsonRpcChainReader> logger) : IChainReader
{
    private readonly JsonRpcClient _rpc = new(client, endpoint, timeout, time, logger);

    /// <summary>The handler for the injected client.</summary>
    public static HttpMessageHandler CreateHandler() => BoundedHttp.CreateHandler();

    /// <inheritdoc/>
    public Task<ChainRead<ulong>> ChainIdAsync(CancellationToken cancellationToken) =>
        _rpc.CallAsync<ulong>("eth_chainId", [], RpcResults.TryQuantity, cancellationToken);

    /// <inheritdoc/>
    public Task<ChainRead<BlockHead>> BlockAsync(BlockTag tag, CancellationToken cancellationToken) =>
        _rpc.CallAsync<BlockHead>(
            "eth_getBlockByNumber", [tag == BlockTag.Safe ? "safe" : "latest", false], RpcResults.TryBlock, cancellationToken);

    /// <inheritdoc/>
    public Task<ChainRead<BlockHead>> BlockAsync(ulong number, CancellationToken cancellationToken) =>
        _rpc.CallAsync<BlockHead>("eth_getBlockByNumber", [$"0x{number:x}", false], RpcResults.TryBlock, cancellationToken);

    /// <inheritdoc/>
    public Task<ChainRead<bool>> AuthorizationUsedAsync(
        EvmAddress token, EvmAddress authorizer, Bytes32 nonce, Bytes32 blockHash, CancellationToken cancellationToken) =>
        CallContractAsync<bool>(token, TokenAbi.AuthorizationStateCall(authorizer, nonce),
            new JsonObject { ["blockHash"] = blockHash.ToString(), ["requireCanonical"] = true }, RpcResults.TryBool, cancellationToken);

    /// <inheritdoc/>
    public Task<ChainRead<Uint256>> BalanceAsync(EvmAddress token, EvmAddress owner, CancellationToken cancellationToken) =>
        CallContractAsync<Uint256>(token, TokenAbi.BalanceOfCall(owner), "latest", RpcResults.TryWord, cancellationToken);

    /// <inheritdoc/>
    public Task<ChainRead<bool>> IsBlacklistedAsync(EvmAddress token, EvmAddress account, CancellationToken cancellationToken) =>
        CallContractAsync<bool>(token, TokenAbi.IsBlacklistedCall(account), "latest", RpcResults.TryBool, cancellationToken);

    /// <inheritdoc/>
    public Task<ChainRead<EvmLog[]>> LogsAsync(LogFilter filter, ulong fromBlock, ulong toBlock, CancellationToken cancellationToken) =>
        LogsAsync(filter, new JsonObject { ["fromBlock"] = $"0x{fromBlock:x}", ["toBlock"] = $"0x{toBlock:x}" }, cancellationToken);

    /// <inheritdoc/>
    public Task<ChainRead<EvmLog[]>> LogsAsync(LogFilter filter, Bytes32 blockHash, CancellationToken cancellationToken) =>
        LogsAsync(filter, new JsonObject { ["blockHash"] = blockHash.ToString() }, cancellationToken);

    private Task<ChainRead<T>> CallContractAsync<T>(
        EvmAddress contract, string data, JsonNode block, ResultParser<T> parser, CancellationToken cancellationToken) =>
        _rpc.CallAsync("eth_call", [new JsonObject { ["to"] = contract.ToString(), ["data"] = data }, block], parser, cancellationToken);

    private Task<ChainRead<EvmLog[]>> LogsAsync(LogFilter filter, JsonObject query, CancellationToken cancellationToken)
    {
        query["address"] = filter.Address.ToString();
        query["topics"] = new JsonArray([.. filter.Topics.Select(accepted => accepted is null ? null : Texts(accepted))]);
        return _rpc.CallAsync<EvmLog[]>("eth_getLogs", [query], RpcResults.TryLogs, cancellationToken);
    }

    private static JsonArray Texts(IEnumerable<Bytes32> topics) => new([.. topics.Select(topic => JsonValue.Create(topic.ToString()))]);
}
