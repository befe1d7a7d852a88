namespace OviFunctions.Media.Ffmpeg;

/// <summary>A folder for the files of one ffmpeg job, which only our own user can open; deleted when disposed.</summary>
internal sealed class ScratchFolder : IDisposable
{
    private const string Prefix = "ovifunctions-media-";

    // CreateTempSubdirectory gives mode 0700 on Unix.
    public string Path { get; } = Directory.CreateTempSubdirectory(Prefix).FullName;

    public string File(string name) => System.IO.Path.Combine(Path, name);

    /// <summary>Copies a stream into a new file of the folder.</summary>
    public async Task WriteAsync(string name, Stream content, CancellationToken cancellationToken)
    {
        await using var file = new FileStream(File(name), FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0, useAsync: true);
        await content.CopyToAsync(file, cancellationToken);
    }

    public FileStream OpenRead(string name) =>
        new(File(name), FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 4096, FileOptions.Asynchronous | FileOptions.SequentialScan);

    /// <summary>Deletes what processes that were killed have left, when it is old enough that none of them can live.</summary>
    public static void DeleteOlderThan(DateTimeOffset time)
    {
        foreach (var folder in new DirectoryInfo(System.IO.Path.GetTempPath()).EnumerateDirectories(Prefix + "*"))
        {
            if (folder.LastWriteTimeUtc < time.UtcDateTime) Delete(folder.FullName);
        }
    }

    public void Dispose() => Delete(Path);

    private static void Delete(string folder)
    {
        try
        {
            Directory.Delete(folder, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Another process's folder, or one that is gone; the next start looks again.
        }
    }
}
