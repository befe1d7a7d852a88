using System.Buffers.Binary;
using System.IO.MemoryMappedFiles;
using OviFunctions.Embedded.Store;

namespace OviFunctions.Embedded.Engine;

/// <summary>
/// Whose code runs at the moment, for the start after a crash: a mapped file beside the database with a place for each activity and
/// episode. What was written to it is in the page cache whatever the process dies of, and costs no system call. It is never
/// synced: after a power cut it may name what ran earlier, which only counts a crash too many.
/// </summary>
/// <param name="path">The file, protected by the database's lock; null: nothing is kept, as nothing outlives the process.</param>
/// <param name="places">How much may run at a time; what runs beyond is not noted.</param>
internal sealed class InFlight(string? path, int places) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Stack<int> _free = new(Enumerable.Range(0, places));
    private MemoryMappedViewAccessor? _view;

    /// <summary>What ran when the last process died; nothing, if it stopped in good order. From now on the file is this process's.</summary>
    /// <exception cref="InstanceStoreException">The file cannot be read or written.</exception>
    public IReadOnlyCollection<WorkItem> Open()
    {
        if (path is null) return [];
        try
        {
            var left = File.Exists(path) ? Read(File.ReadAllBytes(path)) : [];
            var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);

            // Written, not merely extended: a disk that is full is then an exception here, not a signal at a later mark.
            file.Write(new byte[places * sizeof(long)]);
            file.SetLength(file.Position);
            using var map = MemoryMappedFile.CreateFromFile(
                file, mapName: null, capacity: 0, MemoryMappedFileAccess.ReadWrite, HandleInheritability.None, leaveOpen: false);
            _view = map.CreateViewAccessor();
            return left;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InstanceStoreException($"'{path}', where the engine notes what runs, cannot be written: {e.Message}", e);
        }
    }

    /// <summary>Notes that something runs, until the result is disposed.</summary>
    public Mark Begin(WorkItem work)
    {
        lock (_gate)
        {
            if (_view is not { } view || !_free.TryPop(out var place)) return default;
            view.Write(place * (long)sizeof(long), Number(work));
            return new Mark(this, place);
        }
    }

    /// <summary>The stop was in good order: nothing is left for the next start, also not what does not come to an end.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            for (var place = 0; _view is not null && place < places; place++) _view.Write(place * (long)sizeof(long), 0L);
            _view?.Dispose();
            _view = null;
        }
    }

    /// <summary>Ids and keys are positive: an activity is written as its id, an episode as the negative key, nothing as zero.</summary>
    private static long Number(WorkItem work) => work.IsActivity ? work.Id : -work.Id;

    private static HashSet<WorkItem> Read(ReadOnlySpan<byte> content)
    {
        var work = new HashSet<WorkItem>();
        for (; content.Length >= sizeof(long); content = content[sizeof(long)..])
        {
            var number = BinaryPrimitives.ReadInt64LittleEndian(content);
            if (number > 0) work.Add(WorkItem.Activity(number));
            else if (number < 0) work.Add(WorkItem.Episode(-number));
        }

        return work;
    }

    private void End(int place)
    {
        lock (_gate)
        {
            _view?.Write(place * (long)sizeof(long), 0L);
            _free.Push(place);
        }
    }

    /// <summary>The note that something runs; dispose it once.</summary>
    internal readonly struct Mark(InFlight owner, int place) : IDisposable
    {
        public void Dispose() => owner?.End(place);
    }
}
