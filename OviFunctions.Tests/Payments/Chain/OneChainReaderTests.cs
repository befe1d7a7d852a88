using Moq;
using OviFunctions.Payments.Chain;
using OviFunctions.Payments.Evm;

namespace OviFunctions.Tests.Payments.Chain;

/// <summary>A node of another chain is not believed: with play money on it, everything would look paid.</summary>
public sealed class OneChainReaderTests
{
    private static readonly LogFilter Filter = new(EvmNetwork.Base.Usdc);

    private readonly Mock<IChainReader> _node = new() { DefaultValue = DefaultValue.Empty };
    private readonly LogSink<OneChainReader> _log = new();
    private readonly OneChainReader _reader;

    public OneChainReaderTests()
    {
        _reader = new OneChainReader(_node.Object, EvmNetwork.Base, _log);
        _node.Setup(n => n.BlockAsync(It.IsAny<BlockTag>(), default)).ReturnsAsync((ChainRead<BlockHead>)new BlockHead(7, Samples.Nonce(1), 8));
        _node.Setup(n => n.AuthorizationUsedAsync(EvmNetwork.Base.Usdc, Samples.Merchant, Samples.Nonce(1), Samples.Nonce(2), default)).ReturnsAsync((ChainRead<bool>)true);
        _node.Setup(n => n.BalanceAsync(EvmNetwork.Base.Usdc, Samples.Merchant, default)).ReturnsAsync((ChainRead<Uint256>)new Uint256(9));
        _node.Setup(n => n.IsBlacklistedAsync(EvmNetwork.Base.Usdc, Samples.Merchant, default)).ReturnsAsync((ChainRead<bool>)false);
        _node.Setup(n => n.IsValidSignatureAsync(Samples.Merchant, Samples.Nonce(1), default, default)).ReturnsAsync((ChainRead<bool>)true);
        _node.Setup(n => n.LogsAsync(Filter, 1ul, 2ul, default)).ReturnsAsync((ChainRead<EvmLog[]>)Array.Empty<EvmLog>());
        _node.Setup(n => n.LogsAsync(Filter, Samples.Nonce(1), default)).ReturnsAsync((ChainRead<EvmLog[]>)Array.Empty<EvmLog>());
    }

    [Fact]
    public async Task Reads_NodeOfAnotherChain_AreFailuresAndItIsNotAsked()
    {
        NodeIsOn((ulong)84532);

        Assert.All(await ReadAllAsync(), failure => Assert.Equal("the node is on chain 84532 instead of 8453", failure!.Reason));

        Assert.Equal(7, _node.Invocations.Count);
        Assert.All(_node.Invocations, call => Assert.Equal(nameof(IChainReader.ChainIdAsync), call.Method.Name));
        Assert.StartsWith("Critical", _log.Lines[0], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(84532, false)]
    [InlineData(8453, true)]
    public async Task BlockByNumber_IsReadOnTheRightChainOnly(int chain, bool isRead)
    {
        NodeIsOn((ulong)chain);
        _node.Setup(n => n.BlockAsync(7ul, default)).ReturnsAsync((ChainRead<BlockHead>)new BlockHead(7, Samples.Nonce(1), 8));

        Assert.Equal(isRead, (await _reader.BlockAsync(7ul, default)).TryGet(out _, out _));
    }

    [Fact]
    public async Task Reads_NodeThatDoesNotSayWhereItIs_AreFailuresUntilItDoes()
    {
        NodeIsOn(new ChainFailure("down"));
        Assert.All(await ReadAllAsync(), failure => Assert.Equal("down", failure!.Reason));

        NodeIsOn((ulong)8453);
        Assert.All(await ReadAllAsync(), Assert.Null);
    }

    [Fact]
    public async Task Reads_NodeOfOurChain_AreItsOwnAndTheChainIsAskedForOnce()
    {
        NodeIsOn((ulong)8453);

        Assert.All(await ReadAllAsync(), Assert.Null);
        Assert.All(await ReadAllAsync(), Assert.Null);

        _node.Verify(n => n.ChainIdAsync(default), Times.Once());
        Assert.Empty(_log.Lines);
    }

    private void NodeIsOn(ChainRead<ulong> chain) => _node.Setup(n => n.ChainIdAsync(default)).ReturnsAsync(chain);

    private async Task<IReadOnlyList<ChainFailure?>> ReadAllAsync() =>
    [
        Failure(await _reader.BlockAsync(BlockTag.Safe, default)),
        Failure(await _reader.AuthorizationUsedAsync(EvmNetwork.Base.Usdc, Samples.Merchant, Samples.Nonce(1), Samples.Nonce(2), default)),
        Failure(await _reader.BalanceAsync(EvmNetwork.Base.Usdc, Samples.Merchant, default)),
        Failure(await _reader.IsBlacklistedAsync(EvmNetwork.Base.Usdc, Samples.Merchant, default)),
        Failure(await _reader.IsValidSignatureAsync(Samples.Merchant, Samples.Nonce(1), default, default)),
        Failure(await _reader.LogsAsync(Filter, 1, 2, default)),
        Failure(await _reader.LogsAsync(Filter, Samples.Nonce(1), default)),
    ];

    private static ChainFailure? Failure<T>(ChainRead<T> read) => read.TryGet(out _, out var failure) ? null : failure;
}
