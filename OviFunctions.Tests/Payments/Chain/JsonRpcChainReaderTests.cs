using System.Net;
using OviFunctions.Payments.Chain;
using OviFunctions.Payments.Evm;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Payments.Chain;

public sealed class JsonRpcChainReaderTests
{
    private readonly LogSink<JsonRpcChainReader> _log = new();

    [Fact]
    public async Task ChainIdAsync_Base_IsItsNumber() =>
        Assert.Equal(8453UL, Value(await new ScriptedNode().Reader.ChainIdAsync(CancellationToken.None)));

    [Fact]
    public async Task BlockAsync_Number_IsAskedInHex()
    {
        var node = new ScriptedNode();

        Assert.Equal(new BlockHead(26, ScriptedNode.Hash(26), ScriptedNode.TimeOf(26)), Value(await node.Reader.BlockAsync(26ul, CancellationToken.None)));
        Assert.Contains("\"params\":[\"0x1a\",false]", node.Http.Sent.Single().Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task BlockAsync_Tags_AreSentByName()
    {
        var node = new ScriptedNode();
        Assert.Equal(new BlockHead(90, ScriptedNode.Hash(90), ScriptedNode.TimeOf(90)),
            Value(await node.Reader.BlockAsync(BlockTag.Safe, CancellationToken.None)));
        Assert.Equal(100UL, Value(await node.Reader.BlockAsync(BlockTag.Latest, CancellationToken.None)).Number);
    }

    [Fact]
    public async Task BalanceAsync_Word_IsTheAmount() =>
        Assert.Equal((Uint256)420000, Value(await Reader(HttpStatusCode.OK, Result($"\"0x{420000:x64}\""))
            .BalanceAsync(EvmNetwork.Base.Usdc, Samples.Buyer.Address, CancellationToken.None)));

    [Theory]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("""{"number":"0x1","hash":"0x12","timestamp":"0x1"}""")]
    [InlineData("""{"number":1,"hash":"0x0000000000000000000000000000000000000000000000000000000000000001","timestamp":"0x1"}""")]
    [InlineData("""{"number":"0x10000000000000000","hash":"0x0000000000000000000000000000000000000000000000000000000000000001","timestamp":"0x1"}""")]
    [InlineData("""{"number":"-0x1","hash":"0x0000000000000000000000000000000000000000000000000000000000000001","timestamp":"0x1"}""")]
    public async Task BlockAsync_ResultThatIsNoBlock_Fails(string result) =>
        Assert.False(Failure(await Reader(HttpStatusCode.OK, Result(result)).BlockAsync(BlockTag.Safe, CancellationToken.None)).Refused);

    [Theory]
    [InlineData("\"0x\"")]
    [InlineData("\"0x01\"")]
    [InlineData("null")]
    [InlineData("true")]
    public async Task AuthorizationUsedAsync_ResultThatIsNoWord_Fails(string result) =>
        Failure(await Reader(HttpStatusCode.OK, Result(result)).AuthorizationUsedAsync(
            EvmNetwork.Base.Usdc, Samples.Buyer.Address, Samples.Nonce(1), ScriptedNode.Hash(1), CancellationToken.None));

    [Theory]
    [InlineData(200, """{"jsonrpc":"2.0","id":1,"error":{"code":-32005,"message":"too many results"}}""", true)]
    [InlineData(400, """{"jsonrpc":"2.0","id":1,"error":{"code":-32600,"message":"range"}}""", true)]
    [InlineData(200, """{"jsonrpc":"2.0","id":1,"result":[{"address":"0x12"}]}""", false)]
    [InlineData(200, """{"jsonrpc":"2.0","id":1,"result":{}}""", false)]
    [InlineData(500, """{"jsonrpc":"2.0","id":1,"result":[]}""", false)]
    [InlineData(200, "", false)]
    [InlineData(302, "", false)]
    public async Task LogsAsync_NodeThatGivesNoLogs_Fails(int status, string body, bool refused) =>
        Assert.Equal(refused, Failure(await LogsAsync(Reader((HttpStatusCode)status, body))).Refused);

    [Fact]
    public async Task LogsAsync_MoreThanWeTake_CountsAsRefused() =>
        Assert.True(Failure(await LogsAsync(Reader(HttpStatusCode.OK, Result("[" + new string(' ', 5_000_000) + "]")))).Refused);

    [Fact]
    public async Task LogsAsync_ErrorTextOfTheNode_IsLoggedScrubbedWithoutOurUrl()
    {
        var error = """{"jsonrpc":"2.0","id":1,"error":{"code":-32000,"message":"see https://rpc.example/v2/OTHERKEY\nfor limits"}}""";
        var failure = Failure(await LogsAsync(Reader(HttpStatusCode.OK, error)));
        Assert.Equal("eth_getLogs: error -32000", failure.Reason);
        var line = Assert.Single(_log.Lines);
        Assert.DoesNotContain("KEY", line, StringComparison.Ordinal);
        Assert.Contains("for limits", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task LogsAsync_AnyTopic_IsSentAsNull()
    {
        var http = new StubHttp(HttpStatusCode.OK, Result("[]"));
        var reader = new JsonRpcChainReader(
            new HttpClient(http), new Uri("http://node.example/"), TimeSpan.FromSeconds(1), new ManualTimeProvider(), _log);
        var filter = new LogFilter(EvmNetwork.Base.Usdc, [TokenAbi.Transfer], null, [Bytes32.FromAddress(Samples.Merchant)]);
        Assert.Empty(Value(await reader.LogsAsync(filter, 1, 31, CancellationToken.None)));
        Assert.Contains("\"fromBlock\":\"0x1\",\"toBlock\":\"0x1f\"", http.Sent[0].Body, StringComparison.Ordinal);
        Assert.Contains(
            $"\"topics\":[[\"{TokenAbi.Transfer}\"],null,[\"0x00000000000000000000000070997970c51812dc3a010c7d01b50e0d17dc79c8\"]]",
            http.Sent[0].Body, StringComparison.Ordinal);
    }

    private static Task<ChainRead<EvmLog[]>> LogsAsync(JsonRpcChainReader reader) =>
        reader.LogsAsync(new LogFilter(EvmNetwork.Base.Usdc, [TokenAbi.Transfer]), 1, 2, CancellationToken.None);

    private JsonRpcChainReader Reader(HttpStatusCode status, string body) =>
        new(new HttpClient(new StubHttp(status, body)), new Uri("http://node.example/SECRETKEY"), TimeSpan.FromSeconds(5),
            new ManualTimeProvider(), _log);

    private static string Result(string json) => $$"""{"jsonrpc":"2.0","id":1,"result":{{json}}}""";

    private static T Value<T>(ChainRead<T> read)
    {
        Assert.True(read.TryGet(out var value, out var failure), failure?.Reason);
        return value;
    }

    private static ChainFailure Failure<T>(ChainRead<T> read)
    {
        Assert.False(read.TryGet(out _, out var failure));
        Assert.DoesNotContain("SECRETKEY", failure.Reason, StringComparison.Ordinal);
        return failure;
    }
}
