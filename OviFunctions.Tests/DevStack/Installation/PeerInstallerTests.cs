using OviFunctions.DevStack;
using OviFunctions.DevStack.Installation;

namespace OviFunctions.Tests.DevStack.Installation;

/// <summary>The installer with stand-ins for node and npm that write down what they were asked.</summary>
public sealed class PeerInstallerTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("peer-installer-");
    private readonly List<string> _reports = [];

    public PeerInstallerTests() => File.WriteAllText(PathOf("package-lock.json"), "{}");

    public void Dispose() => _folder.Delete(recursive: true);

    [UnixFact]
    public async Task EnsureInstalled_FirstRun_InstallsFromTheLockFileWithoutScripts()
    {
        await Installer().EnsureInstalledAsync(CancellationToken.None);

        Assert.StartsWith("ci --ignore-scripts", Assert.Single(NpmCalls()), StringComparison.Ordinal);
        Assert.StartsWith("First run", _reports[0], StringComparison.Ordinal);
    }

    [UnixFact]
    public async Task EnsureInstalled_SecondRun_DoesNothing()
    {
        await Installer().EnsureInstalledAsync(CancellationToken.None);
        _reports.Clear();

        await Installer().EnsureInstalledAsync(CancellationToken.None);

        Assert.Single(NpmCalls());
        Assert.Empty(_reports);
    }

    [UnixFact]
    public async Task EnsureInstalled_LockFileChanged_InstallsAgain()
    {
        await Installer().EnsureInstalledAsync(CancellationToken.None);
        await File.WriteAllTextAsync(PathOf("package-lock.json"), "{ }");

        await Installer().EnsureInstalledAsync(CancellationToken.None);

        Assert.Equal(2, NpmCalls().Length);
    }

    [UnixFact]
    public async Task EnsureInstalled_TwoAtOnce_InstallOnce()
    {
        await File.WriteAllTextAsync(PathOf("hold"), ""); // npm waits until the second installer says that it waits
        var first = Installer().EnsureInstalledAsync(CancellationToken.None);
        while (!File.Exists(PathOf(".install.lock"))) await Task.Yield();
        var waits = new TaskCompletionSource();
        var second = Installer(report: text =>
        {
            if (text.StartsWith("Another process", StringComparison.Ordinal)) waits.TrySetResult();
        }).EnsureInstalledAsync(CancellationToken.None);
        await waits.Task.WaitAsync(TimeSpan.FromSeconds(20));
        File.Delete(PathOf("hold"));

        await Task.WhenAll(first, second);

        Assert.Single(NpmCalls());
    }

    [UnixFact]
    public async Task EnsureInstalled_NpmFails_SaysItsLastWordsAndTriesAgainNextTime()
    {
        await File.WriteAllTextAsync(PathOf("fail"), "");
        var error = await Assert.ThrowsAsync<StackException>(() => Installer().EnsureInstalledAsync(CancellationToken.None));
        Assert.Contains("npm error network", error.Message, StringComparison.Ordinal);
        File.Delete(PathOf("fail"));

        await Installer().EnsureInstalledAsync(CancellationToken.None);

        Assert.Single(NpmCalls());
    }

    [UnixFact]
    public async Task EnsureInstalled_NoNode_SaysWhatIsNeededAndWhereToGetIt()
    {
        var error = await Assert.ThrowsAsync<StackException>(() => Installer(node: "no-such-node").EnsureInstalledAsync(CancellationToken.None));

        Assert.Equal(
            "Node.js 20 or newer is needed; there is no working `no-such-node` on the PATH. Get it from https://nodejs.org/ (any LTS release has npm with it), then run the same command again.",
            error.Message);
    }

    [UnixFact]
    public async Task EnsureInstalled_OldNode_SaysWhatWasFound()
    {
        var error = await Assert.ThrowsAsync<StackException>(() => Installer(node: StandIn("node-v18")).EnsureInstalledAsync(CancellationToken.None));

        Assert.Contains("says v18.19.1", error.Message, StringComparison.Ordinal);
    }

    [UnixFact]
    public async Task EnsureInstalled_NoNpm_SaysSo()
    {
        var error = await Assert.ThrowsAsync<StackException>(() => Installer(npm: "no-such-npm").EnsureInstalledAsync(CancellationToken.None));

        Assert.StartsWith("npm is needed", error.Message, StringComparison.Ordinal);
    }

    private PeerInstaller Installer(string? node = null, string? npm = null, Action<string>? report = null) =>
        new(_folder.FullName, new NodeTools(node ?? StandIn("node-v20"), npm ?? StandIn("npm")), TimeProvider.System, report ?? _reports.Add);

    private string[] NpmCalls() => File.Exists(PathOf("calls")) ? File.ReadAllLines(PathOf("calls")) : [];

    // Files of the repository: a script that a test has just written may be "busy" when it is started, if some other
    // test forks at that moment.
    private static string StandIn(string name) => Path.Combine(AppContext.BaseDirectory, "Data", "PeerInstaller", name);

    private string PathOf(string name) => Path.Combine(_folder.FullName, name);

    /// <summary>The stand-ins are shell scripts.</summary>
    private sealed class UnixFactAttribute : FactAttribute
    {
        public UnixFactAttribute()
        {
            if (OperatingSystem.IsWindows()) Skip = "needs a shell";
        }
    }
}
