using System.Net;
using System.Text.Json.Nodes;
using OviFunctions.Payments.Chain;
using OviFunctions.Payments.Evm;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Payments.Chain;

/// <summary>What a node is asked about an account: whether USDC blocks it, and whether its contract takes a signature.</summary>
public sealed class AccountReadsTests
{
    private const string Magic = "0x1626ba7e00000000000000000000000000000000000000000000000000000000";

    private readonly LogSink<JsonRpcChainReader> _log = new();

    [Theory]
    [InlineData(0, false)]
    [InlineData(1, true)]
    public async Task IsBlacklistedAsync_Word_IsTheAnswer(int word, bool expected)
    {
        var http = new StubHttp(HttpStatusCode.OK, Result($"\"0x{word:x64}\""));
        Assert.Equal(expected, Value(await Reader(http).IsBlacklistedAsync(EvmNetwork.Base.Usdc, Samples.Buyer.Address, CancellationToken.None)));
        var call = Call(http);
        Assert.Equal(EvmNetwork.Base.Usdc.ToString(), (string?)call["to"]);
        Assert.Equal("0xfe575a87" + Bytes32.FromAddress(Samples.Buyer.Address).ToString()[2..], (string?)call["data"]);
    }

    [Fact]
    public async Task IsBlacklistedAsync_NoWord_IsAFailure() =>
        Assert.False((await Reader(new StubHttp(HttpStatusCode.OK, Result("\"0x\""))).IsBlacklistedAsync(
            EvmNetwork.Base.Usdc, Samples.Buyer.Address, CancellationToken.None)).TryGet(out _, out _));

    [Fact]
    public async Task IsValidSignatureAsync_Contract_IsCalledWithTheDigestAndThePaddedSignature()
    {
        var http = new StubHttp(HttpStatusCode.OK, Result($"\"{Magic}\""));
        Assert.True(Value(await CheckAsync(http, [1, 2, 3])));
        var call = Call(http);
        Assert.Equal(Samples.Buyer.Address.ToString(), (string?)call["to"]);
        Assert.Equal(
            "0x1626ba7e" + Samples.Nonce(1).ToString()[2..] + $"{0x40:x64}{3:x64}" + "010203".PadRight(64, '0'), (string?)call["data"]);
        Assert.Equal("0x2dc6c0", (string?)call["gas"]);
    }

    [Fact]
    public async Task IsValidSignatureAsync_SignatureOfWholeWords_HasNoPadding()
    {
        var http = new StubHttp(HttpStatusCode.OK, Result($"\"{Magic}\""));
        await CheckAsync(http, Enumerable.Repeat((byte)7, 64).ToArray());
        Assert.EndsWith($"{64:x64}{string.Concat(Enumerable.Repeat("07", 64))}", (string?)Call(http)["data"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"0x\"")]
    [InlineData("\"0x1626ba7e\"")]
    [InlineData("\"0x0000000000000000000000000000000000000000000000000000000000000001\"")]
    [InlineData("\"0x1626ba7e00000000000000000000000000000000000000000000000000000001\"")]
    [InlineData("\"0xffffffff00000000000000000000000000000000000000000000000000000000\"")]
    public async Task IsValidSignatureAsync_OtherResult_IsANo(string result) =>
        Assert.False(Value(await CheckAsync(new StubHttp(HttpStatusCode.OK, Result(result)), [1])));

    [Theory]
    [InlineData(3)]
    [InlineData(-32015)]
    public async Task IsValidSignatureAsync_Revert_IsANo(int code) =>
        Assert.False(Value(await CheckAsync(new StubHttp(HttpStatusCode.OK, Error(code)), [1])));

    [Theory]
    [InlineData(200, """{"jsonrpc":"2.0","id":1,"error":{"code":-32005,"message":"limit"}}""")]
    [InlineData(200, """{"jsonrpc":"2.0","id":1,"result":null}""")]
    [InlineData(503, "")]
    public async Task IsValidSignatureAsync_NodeThatDoesNotSay_IsAFailure(int status, string body) =>
        Assert.False((await CheckAsync(new StubHttp((HttpStatusCode)status, body), [1])).TryGet(out _, out _));

    private Task<ChainRead<bool>> CheckAsync(StubHttp http, byte[] signature) =>
        Reader(http).IsValidSignatureAsync(Samples.Buyer.Address, Samples.Nonce(1), signature, CancellationToken.None);

    private JsonRpcChainReader Reader(StubHttp http) =>
        new(new HttpClient(http), new Uri("http://node.example/"), TimeSpan.FromSeconds(5), new ManualTimeProvider(), _log);

    private static JsonNode Call(StubHttp http) => JsonNode.Parse(http.Sent[0].Body)!["params"]![0]!;

    private static string Result(string json) => $$"""{"jsonrpc":"2.0","id":1,"result":{{json}}}""";

    private static string Error(int code) => $$$"""{"jsonrpc":"2.0","id":1,"error":{"code":{{{code}}},"message":"execution reverted"}}""";

    private static T Value<T>(ChainRead<T> read)
    {
        Assert.True(read.TryGet(out var value, out var failure), failure?.Reason);
        return value;
    }
}
