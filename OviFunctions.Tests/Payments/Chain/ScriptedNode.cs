using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using OviFunctions.Payments.Chain;
using OviFunctions.Payments.Evm;

namespace OviFunctions.Tests.Payments.Chain;

/// <summary>A node's JSON-RPC over a chain that a test writes: a block every 2 seconds, events, and faults.</summary>
internal sealed class ScriptedNode
{
    public const ulong Genesis = 1_795_000_000;

    private readonly List<(ulong Block, ulong Index, JsonObject Log)> _logs = [];
    private readonly List<(EvmAddress Token, EvmAddress From, Bytes32 Nonce, ulong Block)> _used = [];

    public ScriptedNode() => Http = new StubHttp((_, body, _) => Task.FromResult(Answer(body)));

    public StubHttp Http { get; }

    public ulong Head { get; set; } = 100;

    public ulong Safe { get; set; } = 90;

    /// <summary>The longest range of blocks that the node searches.</summary>
    public ulong MaxRange { get; set; } = ulong.MaxValue;

    /// <summary>Accounts that the token does not serve.</summary>
    public HashSet<EvmAddress> Blacklisted { get; } = [];

    /// <summary>Whether the node gives all logs of a range, wanted or not.</summary>
    public bool IgnoreFilter { get; set; }

    /// <summary>Answers a call instead of the node; null leaves it to the node.</summary>
    public Func<string, JsonArray, (HttpStatusCode, string)?> Fault { get; set; } = (_, _) => null;

    public JsonRpcChainReader Reader => new(
        new HttpClient(Http), new Uri("http://node.example/SECRETKEY"), TimeSpan.FromSeconds(5), TimeProvider.System,
        NullLogger<JsonRpcChainReader>.Instance);

    public IEnumerable<string> Methods => Http.Sent.Select(sent => (string)JsonNode.Parse(sent.Body)!["method"]!);

    public static ulong TimeOf(ulong block) => Genesis + (2 * block);

    public static Bytes32 Hash(ulong block) => Bytes32.Parse($"0x{block:x64}");

    public static Bytes32 Transaction(ulong block, int number) => Bytes32.Parse($"0x{number:x32}{block:x32}");

    public void Use(ulong block, ulong index, Bytes32 transaction, TransferAuthorization transfer, EvmAddress? token = null) =>
        Emit(block, index, transaction, token, TokenAbi.AuthorizationUsed, transfer);

    public void Cancel(ulong block, ulong index, Bytes32 transaction, TransferAuthorization transfer) =>
        Emit(block, index, transaction, null, TokenAbi.AuthorizationCanceled, transfer);

    public void Transfer(
        ulong block, ulong index, Bytes32 transaction, EvmAddress from, EvmAddress to, Uint256 value, EvmAddress? token = null)
    {
        var data = new byte[32];
        value.WriteBigEndian(data);
        Log(block, index, transaction, token, "0x" + Convert.ToHexStringLower(data),
            TokenAbi.Transfer, Bytes32.FromAddress(from), Bytes32.FromAddress(to));
    }

    /// <summary>A proper settlement: both events, one after the other.</summary>
    public void Settle(ulong block, ulong index, Bytes32 transaction, TransferAuthorization transfer)
    {
        Use(block, index, transaction, transfer);
        Transfer(block, index + 1, transaction, transfer.From, transfer.To, transfer.Value);
    }

    public void MarkRemoved() => _logs.ForEach(entry => entry.Log["removed"] = true);

    private void Emit(ulong block, ulong index, Bytes32 transaction, EvmAddress? token, Bytes32 topic, TransferAuthorization transfer)
    {
        Log(block, index, transaction, token, "0x", topic, Bytes32.FromAddress(transfer.From), transfer.Nonce);
        _used.Add((token ?? EvmNetwork.Base.Usdc, transfer.From, transfer.Nonce, block));
    }

    private void Log(ulong block, ulong index, Bytes32 transaction, EvmAddress? token, string data, params Bytes32[] topics) =>
        _logs.Add((block, index, new JsonObject
        {
            ["address"] = (token ?? EvmNetwork.Base.Usdc).ToChecksumString(),
            ["topics"] = new JsonArray([.. topics.Select(topic => JsonValue.Create(topic.ToString()))]),
            ["data"] = data,
            ["blockNumber"] = $"0x{block:x}",
            ["blockHash"] = Hash(block).ToString(),
            ["transactionHash"] = transaction.ToString(),
            ["logIndex"] = $"0x{index:x}",
            ["removed"] = false,
        }));

    private HttpResponseMessage Answer(string body)
    {
        var call = JsonNode.Parse(body)!;
        var (method, parameters) = ((string)call["method"]!, call["params"]!.AsArray());
        if (Fault(method, parameters) is { } fault) return StubHttp.Response(fault.Item1, fault.Item2);
        JsonNode? result = method switch
        {
            "eth_chainId" => "0x2105",
            "eth_getBlockByNumber" => Block((string)parameters[0]! == "safe" ? Safe : Head),
            "eth_call" => Call(parameters),
            "eth_getLogs" => Logs(parameters[0]!.AsObject()),
            _ => throw new NotSupportedException(method),
        };
        return StubHttp.Response(HttpStatusCode.OK, result is null
            ? """{"jsonrpc":"2.0","id":1,"error":{"code":-32005,"message":"query exceeds max block range"}}"""
            : new JsonObject { ["jsonrpc"] = "2.0", ["id"] = 1, ["result"] = result }.ToJsonString());
    }

    private static JsonObject Block(ulong number) => new()
    {
        ["number"] = $"0x{number:x}",
        ["hash"] = Hash(number).ToString(),
        ["timestamp"] = $"0x{TimeOf(number):x}",
        ["transactions"] = new JsonArray(),
    };

    private JsonValue Call(JsonArray parameters)
    {
        var (to, data) = (EvmAddress.Parse((string)parameters[0]!["to"]!), (string)parameters[0]!["data"]!);
        if (data.StartsWith("0xfe575a87", StringComparison.Ordinal)) return JsonValue.Create($"0x{(Blacklisted.Contains(EvmAddress.Parse("0x" + data[34..74])) ? 1 : 0):x64}")!;
        Assert.StartsWith("0xe94a0102", data, StringComparison.Ordinal);
        var (from, nonce) = (EvmAddress.Parse("0x" + data[34..74]), Bytes32.Parse("0x" + data[74..]));
        var at = Bytes32.Parse((string)parameters[1]!["blockHash"]!);
        var known = Enumerable.Range(0, (int)Head + 1).First(block => Hash((ulong)block) == at);
        var used = _used.Any(use => use.Token == to && use.From == from && use.Nonce == nonce && use.Block <= (ulong)known);
        return JsonValue.Create($"0x{(used ? 1 : 0):x64}")!;
    }

    private JsonArray? Logs(JsonObject query)
    {
        var (first, last) = query["blockHash"] is { } hash
            ? (Number((string)hash!), Number((string)hash!))
            : (Number((string)query["fromBlock"]!), Number((string)query["toBlock"]!));
        if (last - first + 1 > MaxRange) return null;
        var found = _logs.Where(entry => entry.Block >= first && entry.Block <= last && (IgnoreFilter || Matches(entry.Log, query)));
        return new JsonArray([.. found.OrderBy(entry => (entry.Block, entry.Index)).Select(entry => entry.Log.DeepClone())]);
    }

    private static ulong Number(string hex) => Convert.ToUInt64(hex.Length > 18 ? hex[^16..] : hex[2..], 16);

    private static bool Matches(JsonObject log, JsonObject query) =>
        EvmAddress.Parse((string)log["address"]!) == EvmAddress.Parse((string)query["address"]!)
        && query["topics"]!.AsArray().Select((accepted, i) => accepted is null || accepted.AsArray().Any(topic =>
            log["topics"]!.AsArray().Count > i && (string)topic! == (string)log["topics"]![i]!)).All(match => match);
}
