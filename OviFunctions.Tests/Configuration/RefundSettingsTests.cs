using OviFunctions.Configuration;
using OviFunctions.DevStack.Parts;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Configuration;

public sealed class RefundSettingsTests
{
    private static readonly (string, string?)[] Outside =
    [
        ("PublicBaseUrl", "https://video.example.com"), ("ApiKeys:0:Sha256", new string('a', 64)),
        ("Payments:PayTo", "0x000000000000000000000000000000000000dEaD"),
    ];

    [Fact]
    public void Inspect_PaymentsWithoutAWallet_NameTheSetting() =>
        AssertProblem("Refunds:Wallets:0:PrivateKey", "is missing while Payments:Enabled is true", ("Refunds:Wallets:0:PrivateKey", null));

    [Fact]
    public void Inspect_PaymentsOff_NeedNoWallet() =>
        Assert.Empty(TestSettings.Problems(("Payments:Enabled", "false"), ("Refunds:Wallets:0:PrivateKey", null)));

    [Theory]
    [InlineData("0x00")]
    [InlineData("0101010101010101010101010101010101010101010101010101010101010101")]
    [InlineData("0x0000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff")]
    public void Inspect_TextThatIsNoPrivateKey_IsRefusedWithoutRepeatingIt(string key)
    {
        var problem = AssertProblem("Refunds:Wallets:0:PrivateKey", "is not a private key", ("Refunds:Wallets:0:PrivateKey", key));
        Assert.DoesNotContain(key, problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Inspect_OneWalletTwice_IsRefused() =>
        AssertProblem("Refunds:Wallets:1:PrivateKey", "stands in the list already", ("Refunds:Wallets:1:PrivateKey", TestSettings.RefundKey));

    [Theory]
    [InlineData("Refunds:InvalidInputPercent", "0")]
    [InlineData("Refunds:ContentPolicyPercent", "101")]
    [InlineData("Refunds:VoucherDays", "0")]
    [InlineData("Refunds:DayCapUsdc", "0.0000001")]
    [InlineData("Refunds:NoOrderDayCapUsdc", "0.0000001")]
    public void Inspect_NumberOutOfRange_IsRefused(string setting, string value) =>
        Assert.Equal(setting, Assert.Single(TestSettings.Problems((setting, value))).Key);

    [Fact]
    public void Inspect_PublishedKeyOutsideLoopback_IsRefused()
    {
        Assert.Empty(TestSettings.Problems(Outside));
        Assert.Empty(TestSettings.Problems(("Refunds:Wallets:0:PrivateKey", DevAccounts.Refunds.PrivateKey)));
        AssertProblem("Refunds:Wallets:0:PrivateKey", "which everybody knows", [.. Outside, ("Refunds:Wallets:0:PrivateKey", DevAccounts.Refunds.PrivateKey)]);
    }

    /// <summary>The accounts of the development stack, and the last of those that anvil and hardhat make.</summary>
    [Theory]
    [InlineData("0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266")]
    [InlineData("0x70997970C51812dc3A010C7d01b50e0d17dc79C8")]
    [InlineData("0x15d34aaf54267db7d7c367839aaf71a00a2c6a65")]
    [InlineData("0x8626f6940E2eb28930eFb4CeF49B2d1F2C9C1199")]
    public void Inspect_PublishedPayToOutsideLoopback_IsRefused(string payTo) =>
        AssertProblem("Payments:PayTo", "whose private key everybody knows", [.. Outside[..2], ("Payments:PayTo", payTo)]);

    [Fact]
    public void PublishedAccounts_AreAllThatAnvilMakes()
    {
        Assert.Equal(20, SecretRules.PublishedAccounts.Count);
        Wallet[] ours = [DevAccounts.Facilitator, DevAccounts.Merchant, DevAccounts.Buyer, DevAccounts.Refunds, DevAccounts.LegacyFacilitator];
        Assert.All(ours, wallet => Assert.Contains(OviFunctions.Payments.Evm.EvmAddress.Parse(wallet.Address), SecretRules.PublishedAccounts));
    }

    private static string AssertProblem(string key, string words, params (string, string?)[] changes)
    {
        var problem = Assert.Single(TestSettings.Problems(changes));
        Assert.Equal(key, problem.Key);
        Assert.Contains(words, problem.Problem, StringComparison.Ordinal);
        return problem.Problem;
    }
}
