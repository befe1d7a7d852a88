using OviFunctions.DevStack;
using OviFunctions.DevStack.Installation;
using OviFunctions.DevStack.Processes;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.DevStack;

public sealed class StackOptionsTests : IClassFixture<PeersFixture>
{
    private readonly StackOptions _options = new() { Ports = Ports.Usual() };
    private readonly List<string> _told = [];

    [Fact]
    public void ForThisPlatform_NoChainInThePackages_SaysSoAndGoesOnWithout()
    {
        var options = _options.ForThisPlatform(Path.GetTempPath(), _told.Add);

        Assert.False(options.Chain);
        Assert.Contains("going on without one, as with --no-chain", Assert.Single(_told), StringComparison.Ordinal);
    }

    [Fact]
    public void ForThisPlatform_Chain_IsKept()
    {
        Assert.True(_options.ForThisPlatform(RepositoryFolders.Peers, _told.Add).Chain);
        Assert.Empty(_told);
    }

    [Fact]
    public void ForThisPlatform_NoChainWanted_SaysNothing()
    {
        Assert.False((_options with { Chain = false }).ForThisPlatform(Path.GetTempPath(), _told.Add).Chain);
        Assert.Empty(_told);
    }
}
