using System.Globalization;
using System.Net.Http.Json;
using System.Numerics;
using System.Text.Json;

namespace OviFunctions.DevStack.Parts;

/// <summary>A block of the local chain.</summary>
internal sealed record ChainBlock(long Number, string Hash, DateTimeOffset Time);

/// <summary>Reads and moves the local chain over JSON-RPC. Amounts are atomic: 1 USDC is 1,000,000.</summary>
internal sealed class ChainRpc(Uri url, ChainNetwork network) : IDisposable
{
    // Selectors: the first four bytes of the Keccak-256 of the signature.
    private const string BalanceOf = "0x70a08231";          // balanceOf(address)
    private const string AuthorizationState = "0xe94a0102"; // authorizationState(address,bytes32)
    private const string Mint = "0x40c10f19";               // mint(address,uint256), open in the test token
    private const string Blacklist = "0xf9f92be4";          // blacklist(address), open in the test token

    // anvil gives two transactions that come at the same moment the same nonce.
    private readonly SemaphoreSlim _sending = new(1, 1);
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = url };
    private int _id;
    private volatile bool _mines = true;

    public async Task<bool> IsUpAsync(CancellationToken cancellationToken)
    {
        try
        {
            return Number(await CallAsync("eth_chainId", [], cancellationToken)) == network.Id;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    /// <summary>A block by tag (<c>latest</c>, <c>safe</c>, <c>finalized</c>, <c>earliest</c>).</summary>
    public async Task<ChainBlock> GetBlockAsync(string tag, CancellationToken cancellationToken)
    {
        var block = await CallAsync("eth_getBlockByNumber", [tag, false], cancellationToken);
        return new ChainBlock(
            (long)Number(block.GetProperty("number")),
            block.GetProperty("hash").GetString()!,
            DateTimeOffset.FromUnixTimeSeconds((long)Number(block.GetProperty("timestamp"))));
    }

    /// <summary>The USDC that an address holds.</summary>
    public async Task<BigInteger> GetBalanceAsync(string address, CancellationToken cancellationToken) =>
        Number(await ReadUsdcAsync(BalanceOf + Word(address), cancellationToken));

    /// <summary>Whether this EIP-3009 nonce of this payer was used or cancelled.</summary>
    public async Task<bool> IsNonceUsedAsync(string payer, string nonce, CancellationToken cancellationToken) =>
        Number(await ReadUsdcAsync(AuthorizationState + Word(payer) + Word(nonce), cancellationToken)) != 0;

    /// <summary>Gives USDC to an address.</summary>
    public Task MintAsync(string address, BigInteger amount, CancellationToken cancellationToken) =>
        SendToUsdcAsync(Mint + Word(address) + amount.ToString("x64", CultureInfo.InvariantCulture), cancellationToken);

    /// <summary>Forbids an address to send or receive USDC, as Circle can.</summary>
    public Task BlacklistAsync(string address, CancellationToken cancellationToken) => SendToUsdcAsync(Blacklist + Word(address), cancellationToken);

    /// <summary>Gives a wallet ETH for gas, and has the node sign for it as for its own accounts.</summary>
    public async Task AdoptAsync(string address, CancellationToken cancellationToken)
    {
        await CallAsync("anvil_setBalance", [address, "0xde0b6b3a7640000"], cancellationToken);
        await CallAsync("anvil_impersonateAccount", [address], cancellationToken);
    }

    /// <summary>Sends the token a transaction from an account that anvil signs for; it is mined, unless mining was stopped.</summary>
    /// <param name="data">The call data in hex.</param>
    public async Task SendToUsdcAsync(string data, CancellationToken cancellationToken)
    {
        await _sending.WaitAsync(cancellationToken);
        try
        {
            object[] transaction = [new { from = DevAccounts.Merchant.Address, to = network.Usdc, data }];
            var hash = (await CallAsync("eth_sendTransaction", transaction, cancellationToken)).GetString()!;
            // anvil names a transaction a moment before it has mined it.
            while (_mines && await GetReceiptAsync(hash, cancellationToken) is null)
                await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, cancellationToken);
        }
        finally
        {
            _sending.Release();
        }
    }

    /// <summary>The token's logs from a block on, as the node gives them.</summary>
    public async Task<IReadOnlyList<JsonElement>> GetUsdcLogsAsync(long fromBlock, CancellationToken cancellationToken)
    {
        var logs = await CallAsync("eth_getLogs", [new { address = network.Usdc, fromBlock = Hex(fromBlock), toBlock = "latest" }], cancellationToken);
        return [.. logs.EnumerateArray()];
    }

    /// <summary>The receipt of a transaction; null when it is not mined.</summary>
    public async Task<JsonElement?> GetReceiptAsync(string transaction, CancellationToken cancellationToken)
    {
        var receipt = await CallAsync("eth_getTransactionReceipt", [transaction], cancellationToken);
        return receipt.ValueKind == JsonValueKind.Null ? null : receipt;
    }

    /// <summary>Mines empty blocks, each <paramref name="apart"/> after the one before.</summary>
    public Task MineAsync(int blocks, TimeSpan apart, CancellationToken cancellationToken) =>
        CallAsync("anvil_mine", [Hex(blocks), Hex((long)apart.TotalSeconds)], cancellationToken);

    /// <summary>Moves the chain's clock forward for good and mines a block there, for payments that must expire.</summary>
    public async Task AdvanceAsync(TimeSpan step, CancellationToken cancellationToken)
    {
        await CallAsync("evm_increaseTime", [Hex((long)step.TotalSeconds)], cancellationToken);
        await CallAsync("evm_mine", [], cancellationToken);
    }

    /// <summary>Stops mining: transactions wait in the pool until <see cref="MineAsync"/> or <see cref="ResumeMiningAsync"/>.</summary>
    public async Task StopMiningAsync(CancellationToken cancellationToken)
    {
        _mines = false;
        await CallAsync("evm_setAutomine", [false], cancellationToken);
        await CallAsync("evm_setIntervalMining", [0], cancellationToken);
    }

    /// <summary>
    /// Mines again, a block each second. A transaction is no longer mined at once, as from the start: anvil cannot be
    /// brought back to that, so a test that stops mining takes a chain of its own.
    /// </summary>
    public async Task ResumeMiningAsync(CancellationToken cancellationToken)
    {
        await CallAsync("evm_setIntervalMining", [1], cancellationToken);
        _mines = true;
    }

    /// <summary>Drops the newest blocks and mines as many empty ones: what was settled there is undone.</summary>
    public Task ReorganizeAsync(int depth, CancellationToken cancellationToken) =>
        CallAsync("anvil_reorg", [depth, Array.Empty<object>()], cancellationToken);

    /// <summary>Any JSON-RPC call.</summary>
    /// <exception cref="StackException">The node answered with an error.</exception>
    public async Task<JsonElement> CallAsync(string method, object[] parameters, CancellationToken cancellationToken)
    {
        var request = new { jsonrpc = "2.0", id = Interlocked.Increment(ref _id), method, @params = parameters };
        using var response = await _http.PostAsJsonAsync("/", request, cancellationToken);
        var answer = await response.Content.ReadFromJsonAsync<JsonElement>(cancellationToken);
        return answer.TryGetProperty("error", out var error)
            ? throw new StackException($"The chain refused {method}: {error.GetRawText()}")
            : answer.GetProperty("result").Clone();
    }

    public void Dispose()
    {
        _http.Dispose();
        _sending.Dispose();
    }

    private Task<JsonElement> ReadUsdcAsync(string data, CancellationToken cancellationToken) =>
        CallAsync("eth_call", [new { to = network.Usdc, data }, "latest"], cancellationToken);


    private static string Word(string hex) => hex[2..].ToLowerInvariant().PadLeft(64, '0');

    private static string Hex(long number) => "0x" + number.ToString("x", CultureInfo.InvariantCulture);

    // A leading zero keeps the number positive.
    private static BigInteger Number(JsonElement hex) => BigInteger.Parse("0" + hex.GetString()!.AsSpan(2).ToString(), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
