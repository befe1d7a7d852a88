using System.Numerics;
using OviFunctions.DevStack.Parts;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.DevStack.Parts;

[Collection(StackGroup.Name)]
public sealed class ChainTests(StackFixture fixture)
{
    private readonly ChainRpc _rpc = fixture.Stack.Chain!.Rpc;

    [Fact]
    public async Task Genesis_GivesBuyerAndRefundWalletTheirUsdc()
    {
        Assert.True(await _rpc.GetBalanceAsync(DevAccounts.Buyer.Address, default) > 9_000_000_000_000);
        // The tests before have had refunds paid from it.
        Assert.InRange(await _rpc.GetBalanceAsync(DevAccounts.Refunds.Address, default), 9_000_000_000, 10_000_000_000);
    }

    [Fact]
    public async Task Genesis_BlockTime_IsNow()
    {
        var latest = await _rpc.GetBlockAsync("latest", default);

        Assert.True((TimeProvider.System.GetUtcNow() - latest.Time).Duration() < TimeSpan.FromMinutes(10), $"latest block: {latest.Time:O}");
    }

    [Fact]
    public async Task Mint_AddsToTheBalance()
    {
        var wallet = Wallet.Create();

        await _rpc.MintAsync(wallet.Address, 1_250_000, default);

        Assert.Equal(1_250_000, await _rpc.GetBalanceAsync(wallet.Address, default));
    }

    [Fact]
    public async Task Mint_LeavesATransferLogInABlockAfterTheHead()
    {
        var wallet = Wallet.Create();
        var head = await _rpc.GetBlockAsync("latest", default);

        await _rpc.MintAsync(wallet.Address, BigInteger.One, default);

        var logs = await _rpc.GetUsdcLogsAsync(head.Number + 1, default);
        Assert.Contains(logs, log => log.GetProperty("topics")[2].GetString()!.EndsWith(wallet.Address[2..], StringComparison.Ordinal));
    }

    [Fact]
    public async Task Safe_FollowsTheHeadClosely()
    {
        await _rpc.MineAsync(3, TimeSpan.FromSeconds(1), default);

        var latest = await _rpc.GetBlockAsync("latest", default);
        var safe = await _rpc.GetBlockAsync("safe", default);

        Assert.InRange(latest.Number - safe.Number, 0, 2);
    }

    [Fact]
    public async Task IsNonceUsed_FreshNonce_IsFalse() =>
        Assert.False(await _rpc.IsNonceUsedAsync(DevAccounts.Buyer.Address, "0x" + new string('a', 64), default));

    [Fact]
    public async Task Call_ThatTheNodeRefuses_SaysWhichAndWhy()
    {
        var error = await Assert.ThrowsAsync<OviFunctions.DevStack.StackException>(() => _rpc.CallAsync("no_such_method", [], default));

        Assert.Contains("no_such_method", error.Message, StringComparison.Ordinal);
    }
}
