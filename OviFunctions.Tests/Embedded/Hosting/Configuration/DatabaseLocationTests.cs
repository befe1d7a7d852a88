using Microsoft.Extensions.Configuration;
using OviFunctions.Embedded.Hosting;
using OviFunctions.Embedded.Hosting.Configuration;
using OviFunctions.Embedded.Store;
using OviFunctions.Embedded.Store.Sqlite;
using OviFunctions.Tests.Embedded.Hosting.Support;

namespace OviFunctions.Tests.Embedded.Hosting.Configuration;

public sealed class DatabaseLocationTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Choose_NoPathGiven_IsNamedAfterTheHubInTheContentRoot() => Assert.Equal(_folder[".data/TestHubName.db"], Choose(null));

    [Theory]
    [InlineData("real.db", false)]
    [InlineData("link.db", false)]
    [InlineData("link.db", true)]
    public async Task Choose_LinkToADatabaseThatIsUsed_ASecondUserIsRefused(string first, bool isThere)
    {
        if (isThere) await using (var store = new SqliteStore(_folder["real.db"])) await store.OpenAsync(default);
        File.CreateSymbolicLink(_folder["link.db"], "link-2.db");
        File.CreateSymbolicLink(_folder["link-2.db"], _folder["real.db"]);
        await using var running = new SqliteStore(Choose(first)!);
        await running.OpenAsync(default);
        await using var second = new SqliteStore(Choose(first == "real.db" ? "link.db" : "real.db")!);

        var error = await Assert.ThrowsAsync<InstanceStoreException>(() => second.OpenAsync(default));

        Assert.Contains("Only one process", error.Message, StringComparison.Ordinal);
    }

    private string? Choose(string? path) => DatabaseLocation.Choose(
        new EmbeddedHostOptions { DatabasePath = path }, HostSettings.Read(new ConfigurationBuilder().Build()), _folder.Path).Path;
}
