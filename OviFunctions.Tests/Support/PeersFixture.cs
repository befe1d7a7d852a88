using OviFunctions.DevStack.Installation;

namespace OviFunctions.Tests.Support;

/// <summary>For tests that use the npm packages of <c>OviFunctions.DevStack/peers</c> without the stack: installs them once.</summary>
public sealed class PeersFixture : IAsyncLifetime
{
    public Task InitializeAsync() =>
        new PeerInstaller(RepositoryFolders.Peers, NodeTools.OnPath, TimeProvider.System, _ => { }).EnsureInstalledAsync(CancellationToken.None);

    public Task DisposeAsync() => Task.CompletedTask;
}
