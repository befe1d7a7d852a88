using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using OviFunctions.Configuration;

namespace OviFunctions.Media.Ffmpeg;

/// <summary>
/// Runs ffmpeg on files of strangers: without a shell, without our environment, without standard input, in a folder of its own, one of a
/// few processes at a time, for a limited time, after which it and its children are killed. On Linux the kernel also limits its memory,
/// processor time, open files and the size of what it writes (<c>prlimit</c> of util-linux); elsewhere only ffmpeg's own limit of a single
/// allocation holds.
/// </summary>
public sealed class FfmpegTool : IDisposable
{
    private const int MaxError = 2000;

    /// <summary>What prlimit ends with when it cannot become ffmpeg (util-linux, <c>EX_EXEC_FAILED</c> and <c>EX_EXEC_ENOENT</c>).</summary>
    private const int NotExecuted = 126;

    /// <inheritdoc cref="NotExecuted"/>
    private const int NotFound = 127;

    /// <summary>Room for the raw pixels of the largest image, 8 bytes each.</summary>
    private const long MaxAllocation = 8L * ImageLimits.MaxPixels;

    private readonly MediaSettings _settings;
    private readonly long _maxFileBytes;
    private readonly TimeProvider _time;
    private readonly SemaphoreSlim _slots;
    private readonly string? _program;
    private readonly string? _prlimit;
    private volatile bool _isBroken;

    public FfmpegTool(OviSettings settings, TimeProvider time)
    {
        _settings = settings.Media;
        _maxFileBytes = settings.Jobs.MaxVideoMegabytes * 1024L * 1024L;
        _time = time;
        _slots = new SemaphoreSlim(_settings.MaxProcesses);
        if (_settings.UseFfmpeg) _program = _settings.FfmpegPath ?? ProgramFile.Find("ffmpeg");
        if (OperatingSystem.IsLinux()) _prlimit = ProgramFile.Find("prlimit");
    }

    /// <summary>Whether there is an ffmpeg that works.</summary>
    public bool IsAvailable => _program is not null && !_isBroken;

    /// <summary>Whether the memory of a process is limited, not only each allocation.</summary>
    internal bool LimitsMemory => _prlimit is not null;

    internal int Threads => _settings.Threads;

    /// <summary>From here on nobody tries it any more.</summary>
    internal void GiveUp() => _isBroken = true;

    /// <summary>Runs ffmpeg in a folder.</summary>
    /// <param name="folder">Its working directory, with its files in it.</param>
    /// <param name="arguments">Inputs, filters and outputs; nothing secret, because other users of the machine can see it.</param>
    /// <param name="longestWait">How long it may wait for another process to end.</param>
    /// <param name="cancellationToken">Kills it.</param>
    internal async Task<FfmpegResult> RunAsync(string folder, IEnumerable<string> arguments, TimeSpan longestWait, CancellationToken cancellationToken)
    {
        if (_program is null) return new FfmpegResult(FfmpegEnd.NotStarted, "There is no ffmpeg.");
        if (!await _slots.WaitAsync(longestWait, cancellationToken)) return new FfmpegResult(FfmpegEnd.Busy, "Every process is busy.");
        try
        {
            return await RunAsync(StartInfo(_program, folder, arguments), cancellationToken);
        }
        finally
        {
            _slots.Release();
        }
    }

    public void Dispose() => _slots.Dispose();

    private async Task<FfmpegResult> RunAsync(ProcessStartInfo info, CancellationToken cancellationToken)
    {
        using var process = new Process { StartInfo = info };
        try
        {
            process.Start();
        }
        catch (Win32Exception e)
        {
            return NotStarted(e.Message);
        }

        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(_settings.TimeoutSeconds), _time);
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            process.StandardInput.Close();
            // Both are read to their ends, so that a process that writes much does not wait for us.
            var written = await Task.WhenAll(ReadStartAsync(process.StandardError), ReadStartAsync(process.StandardOutput)).WaitAsync(ends.Token);
            await process.WaitForExitAsync(ends.Token);
            if (_prlimit is not null && process.ExitCode is NotExecuted or NotFound) return NotStarted(written[0]);
            return new FfmpegResult(process.ExitCode == 0 ? FfmpegEnd.Done : FfmpegEnd.Failed, written[0]);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new FfmpegResult(FfmpegEnd.TimedOut, $"killed after {_settings.TimeoutSeconds} seconds");
        }
        finally
        {
            // Whatever went wrong, it does not outlive this call.
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
                await process.WaitForExitAsync(CancellationToken.None);
            }
        }
    }

    /// <summary>The program is gone, or this machine has too little left for another process, which passes.</summary>
    private FfmpegResult NotStarted(string error)
    {
        _isBroken |= !File.Exists(_program);
        return new FfmpegResult(_isBroken ? FfmpegEnd.NotStarted : FfmpegEnd.Busy, error);
    }

    private ProcessStartInfo StartInfo(string program, string folder, IEnumerable<string> arguments)
    {
        string[] all =
        [
            .. _prlimit is null ? (string[])[] : [.. Limits(), program],
            "-nostdin", "-hide_banner", "-loglevel", "error", "-max_alloc", Number(MaxAllocation), "-y", .. arguments,
        ];
        var info = new ProcessStartInfo(_prlimit ?? program, all)
        {
            WorkingDirectory = folder,
            UseShellExecute = false,
            CreateNoWindow = true,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // It needs none of our environment, and our secrets may be in it. Windows finds its own libraries by SystemRoot.
        var root = Environment.GetEnvironmentVariable("SystemRoot");
        info.Environment.Clear();
        info.Environment["LC_ALL"] = "C";
        if (OperatingSystem.IsWindows() && root is not null) info.Environment["SystemRoot"] = root;
        return info;
    }

    private string[] Limits() =>
    [
        $"--as={Number(_settings.MaxMemoryMegabytes * 1024L * 1024L)}", $"--fsize={Number(_maxFileBytes)}",
        $"--cpu={Number((long)_settings.TimeoutSeconds * _settings.Threads)}", "--nofile=64", "--core=0", "--",
    ];

    private static async Task<string> ReadStartAsync(StreamReader reader)
    {
        var kept = new char[MaxError];
        var length = await reader.ReadBlockAsync(kept);
        var rest = new char[4096];
        while (await reader.ReadAsync(rest) > 0) { }
        return new string(kept, 0, length).Trim();
    }

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);
}
