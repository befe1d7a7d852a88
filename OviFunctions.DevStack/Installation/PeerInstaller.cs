using System.Security.Cryptography;
using OviFunctions.DevStack.Processes;

namespace OviFunctions.DevStack.Installation;

/// <summary>
/// Installs the peers' npm packages once: <c>npm ci --ignore-scripts</c> from the committed lock file. A stamp with the
/// lock file's hash says that it was done, and a lock file on disk lets one process do it while others wait.
/// </summary>
internal sealed class PeerInstaller(string peersFolder, NodeTools tools, TimeProvider time, Action<string> report)
{
    private static readonly TimeSpan ReportEvery = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(10);

    private string StampFile => Path.Combine(peersFolder, "node_modules", ".installed");

    /// <summary>Makes sure that the packages of the lock file are there; returns at once when they are.</summary>
    /// <exception cref="StackException">Node.js is missing or too old, or npm failed; with npm's own last words.</exception>
    public async Task EnsureInstalledAsync(CancellationToken cancellationToken)
    {
        await tools.EnsureUsableAsync(time, cancellationToken);
        var wanted = await HashAsync(cancellationToken);
        if (IsInstalled(wanted)) return;

        await using var turn = await TakeTurnAsync(cancellationToken);
        if (IsInstalled(wanted)) return;
        await InstallAsync(cancellationToken);
        await File.WriteAllTextAsync(StampFile, wanted, cancellationToken);
    }

    private bool IsInstalled(string wanted) => File.Exists(StampFile) && File.ReadAllText(StampFile) == wanted;

    private async Task InstallAsync(CancellationToken cancellationToken)
    {
        report($"First run: installing the peers' npm packages into {Path.Combine(peersFolder, "node_modules")} (about 270 MB, once)");
        var started = time.GetTimestamp();
        var downloaded = 0;
        var spec = new ProcessSpec("npm ci", tools.Npm, ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=http"])
        {
            WorkingDirectory = peersFolder,
            OnOutput = line =>
            {
                if (line.Contains(".tgz", StringComparison.Ordinal)) Interlocked.Increment(ref downloaded);
            },
        };
        await using var npm = ChildProcess.Start(spec, watchdog: null, time);
        var ended = npm.WaitForExitAsync(cancellationToken);
        while (await Task.WhenAny(ended, Task.Delay(ReportEvery, time, cancellationToken)) != ended)
        {
            cancellationToken.ThrowIfCancellationRequested();
            report($"  {time.GetElapsedTime(started).TotalSeconds:0} s, {downloaded} packages downloaded");
        }
        if (await ended is var code and not 0)
            throw new StackException($"npm ci failed with code {code} in {peersFolder}. Its last lines:{Environment.NewLine}{string.Join(Environment.NewLine, npm.Output.Last(25))}");
        report($"  installed in {time.GetElapsedTime(started).TotalSeconds:0} s");
    }

    private async Task<string> HashAsync(CancellationToken cancellationToken)
    {
        await using var file = File.OpenRead(Path.Combine(peersFolder, "package-lock.json"));
        return Convert.ToHexStringLower(await SHA256.HashDataAsync(file, cancellationToken));
    }

    // Held open without sharing: the operating system lets go of it whatever becomes of us. The file itself stays, since
    // deleting it would let two waiters hold two different files of this name.
    private async Task<FileStream> TakeTurnAsync(CancellationToken cancellationToken)
    {
        var path = Path.Combine(peersFolder, ".install.lock");
        var started = time.GetTimestamp();
        for (var first = true; ; first = false)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException e)
            {
                if (first) report("Another process is installing the peers' npm packages; waiting for it");
                if (time.GetElapsedTime(started) > LongestWait) throw new StackException($"{path} could not be opened for {LongestWait.TotalMinutes:0} minutes: {e.Message}", e);
            }
            await Task.Delay(TimeSpan.FromMilliseconds(200), time, cancellationToken);
        }
    }
}
