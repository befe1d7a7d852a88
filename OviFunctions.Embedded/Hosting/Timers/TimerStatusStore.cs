using System.Text.Json;
using Microsoft.Extensions.Logging;
using OviFunctions.Embedded.Hosting.Configuration;

namespace OviFunctions.Embedded.Hosting.Timers;

/// <summary>Remembers where the timers stand, in one small JSON file; a crash leaves the old file or the new one.</summary>
/// <param name="database">The file is beside the engine's; with an engine in memory there is none.</param>
/// <param name="logger">Where an unreadable file is reported.</param>
internal sealed partial class TimerStatusStore(DatabaseLocation database, ILogger<TimerStatusStore> logger) : IDisposable
{
    private readonly string? _path = database.Path is { } path ? path + ".timers.json" : null;
    private readonly SemaphoreSlim _gate = new(1, 1);
    private Dictionary<string, TimerStatus>? _statuses;

    /// <summary>Null when the function's schedule has never been seen.</summary>
    public async Task<TimerStatus?> ReadAsync(string function, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            return (await LoadAsync(cancellationToken)).GetValueOrDefault(function);
        }
        finally
        {
            _gate.Release();
        }
    }

    public async Task WriteAsync(string function, TimerStatus status, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            var statuses = await LoadAsync(cancellationToken);
            statuses[function] = status;
            if (_path is not null) await SaveAsync(_path, statuses, cancellationToken);
        }
        finally
        {
            _gate.Release();
        }
    }

    public void Dispose() => _gate.Dispose();

    private async Task<Dictionary<string, TimerStatus>> LoadAsync(CancellationToken cancellationToken)
    {
        if (_statuses is not null) return _statuses;
        try
        {
            if (_path is not null && File.Exists(_path))
            {
                await using var file = File.OpenRead(_path);
                _statuses = await JsonSerializer.DeserializeAsync<Dictionary<string, TimerStatus>>(
                    file, cancellationToken: cancellationToken);
            }
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            LogUnreadable(e, _path!);
        }

        return _statuses ??= [];
    }

    private static async Task SaveAsync(string path, Dictionary<string, TimerStatus> statuses, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var written = path + ".new";
        await using (var file = File.Create(written))
        {
            await JsonSerializer.SerializeAsync(file, statuses, cancellationToken: cancellationToken);
            file.Flush(flushToDisk: true);
        }

        File.Move(written, path, overwrite: true);
    }

    [LoggerMessage(1, LogLevel.Warning, "{Path} is not readable; missed timer runs are not made up for.")]
    private partial void LogUnreadable(Exception exception, string path);
}
