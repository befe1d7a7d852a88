using System.Globalization;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using OviFunctions.Crypto;
using OviFunctions.Payments.Chain;
using OviFunctions.Payments.Evm;

namespace OviFunctions.Tests.Payments.Chain;

/// <summary>Writes to a local anvil: transactions from its unlocked accounts, time, reorganisations.</summary>
internal sealed class Anvil(Uri rpc) : IDisposable
{
    private const string Multicall = "0xcA11bde05977b3631167028862bE2a173976CA11";

    private readonly HttpClient _client = new(JsonRpcChainReader.CreateHandler()) { BaseAddress = rpc };

    public IChainReader Reader => new JsonRpcChainReader(
        _client, _client.BaseAddress!, TimeSpan.FromSeconds(5), TimeProvider.System, NullLogger<JsonRpcChainReader>.Instance);

    public void Dispose() => _client.Dispose();

    /// <summary>A payment of the sample buyer, valid for a minute of the chain's time.</summary>
    public async Task<TransferAuthorization> NewTransferAsync(uint seconds = 60) => Samples.Transfer with
    {
        ValidBefore = (await HeadAsync()).Timestamp + seconds,
        Nonce = new Bytes32(RandomNumberGenerator.GetBytes(32)),
    };

    public async Task<BlockHead> HeadAsync(BlockTag tag = BlockTag.Latest)
    {
        Assert.True((await Reader.BlockAsync(tag, CancellationToken.None)).TryGet(out var head, out var failure), failure?.Reason);
        return head;
    }

    public Task<JsonNode> SubmitAsync(SignedAuthorization payment) => SendAsync(EvmNetwork.Base.Usdc.ToString(), TransferCall(payment));

    public Task<JsonNode> SubmitTogetherAsync(params SignedAuthorization[] payments) =>
        SendAsync(Multicall, AggregateCall([.. payments.Select(TransferCall)]));

    public Task<JsonNode> CancelAsync(TransferAuthorization transfer, byte[] key)
    {
        var type = Keccak256.Hash("CancelAuthorization(address authorizer,bytes32 nonce)"u8);
        var words = Bytes32.FromAddress(transfer.From).ToString()[2..] + transfer.Nonce.ToString()[2..];
        var digest = EvmNetwork.Base.UsdcDomain.Digest(Keccak256.Hash([.. type, .. Convert.FromHexString(words)]));
        return SendAsync(EvmNetwork.Base.Usdc.ToString(),
            Vectors.Text("selectors.cancelAuthorization_vrs") + words + Vrs(Secp256k1.Sign(digest, key)));
    }

    public Task<JsonNode> BlacklistAsync(EvmAddress account) =>
        SendAsync(EvmNetwork.Base.Usdc.ToString(), "0xf9f92be4" + Word(account));

    public async Task<JsonNode> CallAsync(string method, params JsonNode[] parameters)
    {
        using var response = await _client.PostAsJsonAsync("", new JsonObject
        {
            ["jsonrpc"] = "2.0", ["id"] = 1, ["method"] = method, ["params"] = new JsonArray(parameters),
        });
        var answer = JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
        Assert.True(answer["error"] is null, answer.ToJsonString());
        return answer["result"] ?? JsonValue.Create("")!;
    }

    /// <summary>Mines until the tag's block has passed a time.</summary>
    public async Task MinePastAsync(Uint256 time)
    {
        var ahead = (long)(time.Value - (await HeadAsync()).Timestamp) + 1;
        if (ahead > 0) await CallAsync("evm_increaseTime", ahead);
        for (var i = 0; i < 8 || (await HeadAsync(BlockTag.Safe)).Timestamp < time; i++) await CallAsync("evm_mine");
    }

    private async Task<JsonNode> SendAsync(string to, string data)
    {
        // Account 9 of anvil: nobody else's nonces.
        var hash = await CallAsync("eth_sendTransaction", new JsonObject
        {
            ["from"] = "0xa0Ee7A142d267C1f36714E4a8F75612F20a79720", ["to"] = to, ["data"] = data, ["gas"] = "0x200000",
        });
        while (true)
        {
            var receipt = await CallAsync("eth_getTransactionReceipt", hash.DeepClone());
            if (receipt is not JsonObject)
            {
                await CallAsync("evm_mine");
                continue;
            }
            Assert.Equal("0x1", (string?)receipt["status"]);
            return receipt;
        }
    }

    private static string TransferCall(SignedAuthorization payment)
    {
        var words = new byte[TransferAuthorization.AbiSize];
        payment.Transfer.WriteAbi(words);
        return Vectors.Text("selectors.transferWithAuthorization_vrs") + Convert.ToHexStringLower(words) + Vrs(payment.SignatureBytes());
    }

    private static string Vrs(byte[] signature) => Word(signature[64]) + Convert.ToHexStringLower(signature.AsSpan(0, 64));

    // aggregate3((address target, bool allowFailure, bytes callData)[])
    private static string AggregateCall(string[] calls)
    {
        var tuples = calls.Select(call =>
        {
            var data = call[2..];
            return Word(EvmNetwork.Base.Usdc) + Word(0) + Word(96) + Word(data.Length / 2)
                + data.PadRight((data.Length + 63) / 64 * 64, '0');
        }).ToArray();
        var offsets = tuples.Select((_, i) => Word((calls.Length * 32) + (tuples.Take(i).Sum(tuple => tuple.Length) / 2)));
        return "0x82ad56cb" + Word(32) + Word(calls.Length) + string.Concat(offsets) + string.Concat(tuples);
    }

    private static string Word(long value) => value.ToString("x64", CultureInfo.InvariantCulture);

    private static string Word(EvmAddress address) => Bytes32.FromAddress(address).ToString()[2..];
}
