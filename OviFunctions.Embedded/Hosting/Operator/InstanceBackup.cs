using System.Globalization;
using System.Runtime.InteropServices;
using OviFunctions.Embedded.Store.Sqlite;

namespace OviFunctions.Embedded.Hosting.Operator;

/// <summary>A backup that an operator asks for. Ctrl+C, or SIGTERM, ends it and leaves nothing.</summary>
internal static class InstanceBackup
{
    /// <param name="database">The path of the database.</param>
    /// <param name="target">The new file; relative to the current folder, as the operator's shell has it.</param>
    /// <param name="output">Hears how large the copy is.</param>
    /// <exception cref="CommandFailedException">It was stopped.</exception>
    public static async Task WriteAsync(string database, string target, TextWriter output)
    {
        var copy = Path.GetFullPath(target);
        using var stopping = new CancellationTokenSource();
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        try
        {
            await Task.Run(() => DatabaseBackup.Write(database, copy, stopping.Token));
        }
        catch (OperationCanceledException)
        {
            throw new CommandFailedException("Stopped. No backup was written.");
        }

        await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{copy}: {new FileInfo(copy).Length:N0} bytes."));

        void Stop(PosixSignalContext signal)
        {
            signal.Cancel = true;
            stopping.Cancel();
        }
    }
}
