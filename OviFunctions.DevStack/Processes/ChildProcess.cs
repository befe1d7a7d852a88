using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace OviFunctions.DevStack.Processes;

/// <summary>A process that lives no longer than the stack: disposing ends it, and the watchdog does if we are killed.</summary>
internal sealed class ChildProcess : IAsyncDisposable
{
    private const int SigTerm = 15;
    private const int TailLines = 200;
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    private readonly ProcessSpec _spec;
    private readonly Process _process;
    private readonly Watchdog? _watchdog;
    private readonly TimeProvider _time;
    private readonly OutputTail _output = new(TailLines);
    private readonly TextWriter _log;
    private readonly Task _reading;
    private bool _disposed;

    private ChildProcess(ProcessSpec spec, Process process, Watchdog? watchdog, TimeProvider time)
    {
        _spec = spec;
        _process = process;
        _watchdog = watchdog;
        _time = time;
        _log = spec.LogFile is null ? TextWriter.Null : TextWriter.Synchronized(new StreamWriter(spec.LogFile, append: true) { AutoFlush = true });
        _reading = Task.WhenAll(ReadAsync(process.StandardOutput), ReadAsync(process.StandardError));
    }

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    /// <summary>The last lines of standard output and standard error, in the order they came.</summary>
    public OutputTail Output => _output;

    /// <exception cref="StackException">The command does not exist or cannot be run.</exception>
    public static ChildProcess Start(ProcessSpec spec, Watchdog? watchdog, TimeProvider time)
    {
        var info = new ProcessStartInfo(spec.Command, spec.Arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = spec.WorkingDirectory ?? string.Empty,
        };
        foreach (var (name, value) in spec.Environment) info.Environment[name] = value;

        Process process;
        try
        {
            process = Process.Start(info)!;
        }
        catch (Win32Exception e)
        {
            throw new StackException($"{spec.Name} could not be started: {spec.Command}: {e.Message}", e);
        }
        watchdog?.Add(process.Id);
        process.StandardInput.Close();
        return new ChildProcess(spec, process, watchdog, time);
    }

    /// <summary>Waits for the end and for all of the output; gives the exit code.</summary>
    public async Task<int> WaitForExitAsync(CancellationToken cancellationToken)
    {
        await _process.WaitForExitAsync(cancellationToken);
        await DrainAsync();
        return _process.ExitCode;
    }

    /// <summary>Waits until <paramref name="isReady"/> says yes.</summary>
    /// <exception cref="StackException">The process ended, or was not ready in time; with the last lines of its output.</exception>
    public async Task WaitUntilReadyAsync(Func<CancellationToken, Task<bool>> isReady, TimeSpan limit, CancellationToken cancellationToken)
    {
        var started = _time.GetTimestamp();
        while (true)
        {
            if (_process.HasExited)
            {
                await DrainAsync();
                throw new StackException($"{_spec.Name} ended with code {_process.ExitCode} before it was ready.{Environment.NewLine}{Tail()}");
            }
            if (await isReady(cancellationToken)) return;
            if (_time.GetElapsedTime(started) > limit)
                throw new StackException($"{_spec.Name} was not ready after {limit.TotalSeconds:0} s.{Environment.NewLine}{Tail()}");
            await Task.Delay(TimeSpan.FromMilliseconds(25), _time, cancellationToken);
        }
    }

    /// <summary>Ends it at once, as a crash does: SIGKILL, no goodbye. Returns when it is gone.</summary>
    public async Task KillAsync()
    {
        if (!_process.HasExited) _process.Kill();
        await _process.WaitForExitAsync(CancellationToken.None);
        _watchdog?.Remove(Id);
    }

    /// <summary>Asks it to end, and ends it if it does not within five seconds.</summary>
    public async Task StopAsync()
    {
        if (!_process.HasExited && !OperatingSystem.IsWindows())
        {
            _ = Signal(Id, SigTerm);
            using var grace = new CancellationTokenSource(Grace, _time);
            try
            {
                await _process.WaitForExitAsync(grace.Token);
            }
            catch (OperationCanceledException)
            {
                _output.Add($"{_spec.Name} did not end within {Grace.TotalSeconds:0} s and is killed");
            }
        }
        await KillAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_disposed) return;
        _disposed = true;
        await StopAsync();
        await DrainAsync();
        await _log.DisposeAsync();
        _process.Dispose();
    }

    // A grandchild may hold the pipes open after the process has ended, so the wait has a limit.
    private async Task DrainAsync()
    {
        try
        {
            await _reading.WaitAsync(TimeSpan.FromSeconds(2), _time);
        }
        catch (TimeoutException)
        {
            _output.Add("(output still open)");
        }
    }

    private async Task ReadAsync(StreamReader reader)
    {
        while (await reader.ReadLineAsync() is { } line)
        {
            _output.Add(line);
            _spec.OnOutput?.Invoke(line);
            await _log.WriteLineAsync(line);
        }
    }

    private string Tail() => string.Join(Environment.NewLine, _output.Last(20).Select(line => "  | " + line));

    // Process has no way to ask politely: Process.Kill is SIGKILL.
    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Signal(int pid, int signal);
}
