using OviFunctions.DevStack.Parts;

namespace OviFunctions.Tests.DevStack.Parts;

public sealed class WalletTests
{
    [Fact]
    public void FromPrivateKey_PublishedKeysOfAnvil_GivesTheirAddresses()
    {
        // Accounts 1 and 4 as anvil prints them at its start.
        Assert.Equal("0x70997970c51812dc3a010c7d01b50e0d17dc79c8", DevAccounts.Merchant.Address);
        Assert.Equal("0x15d34aaf54267db7d7c367839aaf71a00a2c6a65", DevAccounts.Refunds.Address);
    }
}
