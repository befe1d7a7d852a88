using System.Globalization;
using System.Numerics;
using OviFunctions.DevStack;
using OviFunctions.DevStack.Parts;
using OviFunctions.DevStack.Processes;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.DevStack.Parts;

/// <summary>What moves the whole chain, on a chain of its own.</summary>
[Collection(StackGroup.Name)]
public sealed class ChainControlTests(StackFixture fixture) : IAsyncLifetime
{
    private Chain _chain = null!;

    public async Task InitializeAsync() =>
        _chain = await Chain.StartAsync(fixture.Stack.Host with { Ports = Ports.Ephemeral() }, ChainNetwork.Base, CancellationToken.None);

    public async Task DisposeAsync() => await _chain.DisposeAsync();

    [Fact]
    public async Task Base_HasItsIdAndItsUsdc()
    {
        Assert.Equal(8453, int.Parse((await _chain.Rpc.CallAsync("eth_chainId", [], default)).GetString()![2..], NumberStyles.HexNumber, CultureInfo.InvariantCulture));
        Assert.Equal(10_000_000_000, await _chain.Rpc.GetBalanceAsync(DevAccounts.Refunds.Address, default));
    }

    [Fact]
    public async Task Advance_MovesTheChainsClockForGood()
    {
        var before = await _chain.Rpc.GetBlockAsync("latest", default);

        await _chain.Rpc.AdvanceAsync(TimeSpan.FromHours(1), default);
        await _chain.Rpc.MineAsync(1, TimeSpan.FromSeconds(1), default);

        var after = await _chain.Rpc.GetBlockAsync("latest", default);
        Assert.InRange(after.Time - before.Time, TimeSpan.FromMinutes(59), TimeSpan.FromMinutes(61));
    }

    [Fact]
    public async Task IdleChain_StillMakesBlocks()
    {
        var before = await _chain.Rpc.GetBlockAsync("latest", default);
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));

        while ((await _chain.Rpc.GetBlockAsync("latest", limit.Token)).Number == before.Number)
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, limit.Token);
    }

    [Fact]
    public async Task StopMining_LeavesTransactionsInThePoolUntilABlockIsMined()
    {
        var wallet = Wallet.Create();
        await _chain.Rpc.StopMiningAsync(default);
        await _chain.Rpc.MintAsync(wallet.Address, BigInteger.One, default);
        Assert.Equal(0, await _chain.Rpc.GetBalanceAsync(wallet.Address, default));

        await _chain.Rpc.MineAsync(1, TimeSpan.FromSeconds(1), default);

        Assert.Equal(1, await _chain.Rpc.GetBalanceAsync(wallet.Address, default));
    }

    [Fact]
    public async Task ResumeMining_MinesWhatWaited()
    {
        var wallet = Wallet.Create();
        await _chain.Rpc.StopMiningAsync(default);
        await _chain.Rpc.MintAsync(wallet.Address, BigInteger.One, default);
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));

        await _chain.Rpc.ResumeMiningAsync(default);

        while (await _chain.Rpc.GetBalanceAsync(wallet.Address, limit.Token) == 0)
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, limit.Token);
    }

    [Fact]
    public async Task Reorganize_UndoesTheNewestBlocks()
    {
        var wallet = Wallet.Create();
        await _chain.Rpc.MineAsync(3, TimeSpan.FromSeconds(1), default);
        await _chain.Rpc.StopMiningAsync(default);
        await _chain.Rpc.MintAsync(wallet.Address, BigInteger.One, default);
        await _chain.Rpc.MineAsync(1, TimeSpan.FromSeconds(1), default);
        Assert.Equal(1, await _chain.Rpc.GetBalanceAsync(wallet.Address, default));

        await _chain.Rpc.ReorganizeAsync(1, default);

        Assert.Equal(0, await _chain.Rpc.GetBalanceAsync(wallet.Address, default));
    }

    [Fact]
    public async Task Blacklist_ForbidsTransfers()
    {
        var wallet = Wallet.Create();
        await _chain.Rpc.MintAsync(wallet.Address, BigInteger.One, default);

        await _chain.Rpc.BlacklistAsync(wallet.Address, default);

        var transfer = "0xa9059cbb" + wallet.Address[2..].PadLeft(64, '0') + new string('0', 64); // transfer(address,uint256)
        var error = await Assert.ThrowsAsync<StackException>(
            () => _chain.Rpc.CallAsync("eth_call", [new { from = DevAccounts.Buyer.Address, to = _chain.Network.Usdc, data = transfer }, "latest"], default));
        Assert.Contains("Blacklistable: account is blacklisted", error.Message, StringComparison.Ordinal);
    }
}
