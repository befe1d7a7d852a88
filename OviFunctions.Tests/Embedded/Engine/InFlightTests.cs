using OviFunctions.Embedded.Engine;
using OviFunctions.Embedded.Store;

namespace OviFunctions.Tests.Embedded.Engine;

public sealed class InFlightTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("ovi-running-");

    private string Path => System.IO.Path.Combine(_directory.FullName, "engine.db.running");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public void Open_TheLastOneWasNotClosed_TellsWhatHadNotEnded()
    {
        var crashed = new InFlight(Path, places: 4);
        Assert.Empty(crashed.Open());
        crashed.Begin(WorkItem.Activity(7));
        crashed.Begin(WorkItem.Episode(7));
        crashed.Begin(WorkItem.Activity(8)).Dispose(); // the last: its place is not taken again

        using var next = new InFlight(Path, places: 1);

        Assert.Equal([WorkItem.Activity(7), WorkItem.Episode(7)], next.Open().Order(Comparer<WorkItem>.Create((a, b) => b.IsActivity.CompareTo(a.IsActivity))));
        using var afterNext = new InFlight(Path, places: 4);
        Assert.Empty(afterNext.Open());
    }

    [Fact]
    public void Dispose_SomethingIsStillUnderWay_NothingIsLeft()
    {
        InFlight.Mark late;
        using (var inFlight = new InFlight(Path, places: 2))
        {
            inFlight.Open();
            late = inFlight.Begin(WorkItem.Activity(1));
        }

        late.Dispose();
        using var next = new InFlight(Path, places: 2);
        Assert.Empty(next.Open());
    }

    [Fact]
    public void Begin_MoreThanThereArePlacesFor_IsNotNoted()
    {
        var crashed = new InFlight(Path, places: 1);
        crashed.Open();
        using (crashed.Begin(WorkItem.Activity(1))) crashed.Begin(WorkItem.Activity(2)).Dispose();
        crashed.Begin(WorkItem.Activity(3));

        using var next = new InFlight(Path, places: 1);
        Assert.Equal([WorkItem.Activity(3)], next.Open());
    }

    [Fact]
    public void Open_FolderInTheWay_IsNamed()
    {
        Directory.CreateDirectory(Path);
        using var inFlight = new InFlight(Path, places: 1);

        Assert.Contains(Path, Assert.Throws<InstanceStoreException>(inFlight.Open).Message, StringComparison.Ordinal);
    }
}
