using OviFunctions.DevStack.Processes;

namespace OviFunctions.DevStack.Parts;

/// <summary>What a part needs from the stack: its ports, its folders, the clock, and to be started and watched.</summary>
/// <param name="PeersFolder">The Node peers, installed.</param>
/// <param name="DataFolder">Where parts keep their data and logs in this run.</param>
internal sealed record PartHost(Ports Ports, string PeersFolder, string DataFolder, Watchdog Watchdog, TimeProvider Time)
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);

    /// <summary>
    /// Starts a process and waits until it is ready; ends it when it never is. It logs to <c>logs/NAME.log</c> in the data folder.
    /// </summary>
    /// <exception cref="StackException">It cannot be started, ended early, or was not ready in time.</exception>
    public async Task<ChildProcess> StartAsync(ProcessSpec spec, Func<CancellationToken, Task<bool>> isReady, CancellationToken cancellationToken)
    {
        var logs = Directory.CreateDirectory(Path.Combine(DataFolder, "logs"));
        var logFile = Path.Combine(logs.FullName, spec.Name.Replace(' ', '-').ToLowerInvariant() + ".log");
        var process = ChildProcess.Start(spec with { LogFile = logFile }, Watchdog, Time);
        try
        {
            await process.WaitUntilReadyAsync(isReady, StartLimit, cancellationToken);
            return process;
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }
    }
}
