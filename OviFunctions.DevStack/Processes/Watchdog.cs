using System.Diagnostics;

namespace OviFunctions.DevStack.Processes;

/// <summary>
/// Ends the children when this process dies without cleaning up: a small process (<c>peers/watchdog.mjs</c>) that
/// knows them and sees the end of its standard input. It works the same on every platform, unlike a parent-death signal.
/// </summary>
internal sealed class Watchdog : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly Process _process;
    private bool _closed;

    private Watchdog(Process process) => _process = process;

    /// <exception cref="System.ComponentModel.Win32Exception">Node cannot be run.</exception>
    public static Watchdog Start(string peersFolder)
    {
        var info = new ProcessStartInfo("node", [Path.Combine(peersFolder, "watchdog.mjs")]) { RedirectStandardInput = true };
        return new Watchdog(Process.Start(info)!);
    }

    public void Add(int pid) => Send($"add {pid}");

    public void Remove(int pid) => Send($"remove {pid}");

    public async ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            _closed = true;
            _process.StandardInput.Close();
        }
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private void Send(string command)
    {
        lock (_gate)
        {
            if (_closed) return;
            try
            {
                // Flushed at once: what is still in our buffer is lost when we are killed.
                _process.StandardInput.WriteLine(command);
                _process.StandardInput.Flush();
            }
            catch (IOException)
            {
                _closed = true; // somebody ended the watchdog; the children then depend on us alone
            }
        }
    }
}
