using System.Numerics;
using System.Security.Cryptography;
using System.Text;
using OviFunctions.Crypto;
using OviFunctions.DevStack.Parts;
using OviFunctions.Payments.Evm;

namespace OviFunctions.Tests.EndToEnd.Support;

/// <summary>A wallet of a test's own, so that what the chain shows of it is that test's doing.</summary>
internal sealed class Payer
{
    // Transfer(address indexed from, address indexed to, uint256 value)
    private const string Transfer = "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef";

    private readonly Chain _chain;
    private readonly EvmSigner _signer;

    private Payer(Chain chain, Wallet wallet)
    {
        _chain = chain;
        Wallet = wallet;
        _signer = EvmSigner.TryParse(wallet.PrivateKey, out var signer) ? signer : throw new FormatException();
    }

    public Wallet Wallet { get; }

    public EvmAddress Address => _signer.Address;

    /// <summary>A new wallet.</summary>
    /// <param name="usdc">What it holds, in atomic units: enough for ten videos if not said otherwise.</param>
    public static async Task<Payer> CreateAsync(Chain chain, long usdc = 4_200_000)
    {
        var payer = new Payer(chain, Wallet.Create());
        if (usdc > 0) await payer.FundAsync(usdc);
        return payer;
    }

    /// <summary>Signs an authorization that accepts the quote, with a nonce of its own.</summary>
    /// <param name="change">Makes something different of it before it is signed.</param>
    public SignedAuthorization Sign(Quote quote, Func<TransferAuthorization, TransferAuthorization>? change = null)
    {
        var transfer = quote.Accept(Address, new Bytes32(RandomNumberGenerator.GetBytes(32)), TimeProvider.System.GetUtcNow());
        return Sign(change is null ? transfer : change(transfer));
    }

    public SignedAuthorization Sign(TransferAuthorization transfer) => _signer.Sign(transfer, EvmNetwork.BaseSepolia.UsdcDomain);

    public Task<BigInteger> BalanceAsync() => _chain.Rpc.GetBalanceAsync(Wallet.Address, CancellationToken.None);

    public async Task FundAsync(long usdc)
    {
        var before = await BalanceAsync();
        await _chain.Rpc.MintAsync(Wallet.Address, usdc, CancellationToken.None);
        await Eventually.TrueAsync(async () => await BalanceAsync() == before + usdc);
    }

    public Task BlacklistAsync() => _chain.Rpc.BlacklistAsync(Wallet.Address, CancellationToken.None);

    public Task<bool> IsUsedAsync(SignedAuthorization signed) =>
        _chain.Rpc.IsNonceUsedAsync(Wallet.Address, signed.Transfer.Nonce.ToString(), CancellationToken.None);

    /// <summary>The amounts of this wallet's transfers to the merchant, in the order of the chain.</summary>
    public Task<IReadOnlyList<long>> PaymentsAsync() => TransfersAsync(Wallet, DevAccounts.Merchant);

    /// <summary>The amounts of the transfers from the refund wallet to this one, in the order of the chain.</summary>
    public Task<IReadOnlyList<long>> RefundsAsync() => TransfersAsync(DevAccounts.Refunds, Wallet);

    private async Task<IReadOnlyList<long>> TransfersAsync(Wallet from, Wallet to)
    {
        string[] topics = [Transfer, Topic(from), Topic(to)];
        var logs = await _chain.Rpc.GetUsdcLogsAsync(0, CancellationToken.None);
        return [.. logs
            .Where(log => log.GetProperty("topics").EnumerateArray().Select(topic => topic.GetString()).SequenceEqual(topics))
            .Select(log => Convert.ToInt64(log.GetProperty("data").GetString(), 16))];
    }

    /// <summary>A third party submits an authorization to the token, as anybody may who has seen it. Mined at once.</summary>
    public async Task SubmitByThirdPartyAsync(SignedAuthorization signed)
    {
        var data = new StringBuilder("0x")
            .Append(Convert.ToHexStringLower(Keccak256.Hash(
                "transferWithAuthorization(address,address,uint256,uint256,uint256,bytes32,uint8,bytes32,bytes32)"u8).AsSpan(0, 4)));
        var words = new byte[TransferAuthorization.AbiSize];
        signed.Transfer.WriteAbi(words);
        var signature = signed.Signature[2..];
        data.Append(Convert.ToHexStringLower(words)).Append(signature[128..].PadLeft(64, '0')).Append(signature[..128]);
        await _chain.Rpc.SendToUsdcAsync(data.ToString(), CancellationToken.None);
        await Eventually.TrueAsync(() => IsUsedAsync(signed));
    }

    private static string Topic(Wallet wallet) => "0x" + wallet.Address[2..].PadLeft(64, '0');
}
