using OviFunctions.DevStack.Processes;

namespace OviFunctions.Tests.Embedded.Bench;

/// <summary>Until it is disposed, the operating system answers some calls of a process with an error: strace stands between.</summary>
internal static class InjectedError
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <param name="process">The process's id.</param>
    /// <param name="calls">Names of system calls.</param>
    /// <param name="error">The error, as in errno.h.</param>
    /// <param name="files">Only calls on these files fail.</param>
    public static async Task<IAsyncDisposable> BeginAsync(int process, string calls, string error, params string[] files)
    {
        var attached = false;
        var strace = ChildProcess.Start(
            new("strace", "strace",
            [
                "-f", "-o", "/dev/null", "-e", $"trace={calls}", "-e", $"inject={calls}:error={error}",
                .. files.SelectMany(file => (string[])["-P", file]), "-p", $"{process}",
            ])
            {
                OnOutput = line =>
                {
                    if (line.Contains(" attached", StringComparison.Ordinal)) Volatile.Write(ref attached, true);
                },
            },
            watchdog: null, TimeProvider.System);
        await strace.WaitUntilReadyAsync(_ => Task.FromResult(Volatile.Read(ref attached)), Patience, default);
        return strace;
    }
}
