using OviFunctions.Storage;

namespace OviFunctions.Tests.Storage;

/// <summary>What every record store does; the store of the tests has to do the same as the one that sells.</summary>
public abstract class RecordStoreContract
{
    protected abstract IRecordStore Store { get; }

    [Fact]
    public async Task TryCreateAsync_NewName_IsWritten()
    {
        Assert.True(await Store.TryCreateAsync("claims/a", new Note("first", 1), default));

        Assert.Equal(new Note("first", 1), (await Store.ReadAsync<Note>("claims/a", default))!.Value);
    }

    [Fact]
    public async Task TryCreateAsync_NameTaken_FirstWriterStays()
    {
        await Store.TryCreateAsync("a", new Note("first", 1), default);

        Assert.False(await Store.TryCreateAsync("a", new Note("second", 2), default));
        Assert.Equal("first", (await Store.ReadAsync<Note>("a", default))!.Value.Text);
    }

    [Fact]
    public async Task TryCreateAsync_TwentyAtOnce_ExactlyOneWins()
    {
        var results = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => Store.TryCreateAsync("a", new Note("writer", i), default)));

        var winner = Assert.Single(results.Index(), r => r.Item).Index;
        Assert.Equal(winner, (await Store.ReadAsync<Note>("a", default))!.Value.Number);
    }

    [Fact]
    public async Task ReadAsync_NoRecord_IsNull() => Assert.Null(await Store.ReadAsync<Note>("nothing", default));

    [Fact]
    public async Task TryReplaceAsync_VersionThatWasRead_IsReplaced()
    {
        await Store.TryCreateAsync("a", new Note("first", 1), default);
        var read = (await Store.ReadAsync<Note>("a", default))!;

        Assert.True(await Store.TryReplaceAsync("a", read.Value with { Number = 2 }, read.Version, default));

        var now = (await Store.ReadAsync<Note>("a", default))!;
        Assert.Equal(new Note("first", 2), now.Value);
        Assert.NotEqual(read.Version, now.Version);
    }

    [Fact]
    public async Task TryReplaceAsync_OldVersion_ChangesNothing()
    {
        await Store.TryCreateAsync("a", new Note("first", 1), default);
        var old = (await Store.ReadAsync<Note>("a", default))!.Version;
        await Store.TryReplaceAsync("a", new Note("second", 2), old, default);

        Assert.False(await Store.TryReplaceAsync("a", new Note("third", 3), old, default));
        Assert.Equal("second", (await Store.ReadAsync<Note>("a", default))!.Value.Text);
    }

    [Fact]
    public async Task TryReplaceAsync_DeletedRecord_IsNotWritten()
    {
        await Store.TryCreateAsync("a", new Note("first", 1), default);
        var version = (await Store.ReadAsync<Note>("a", default))!.Version;
        await Store.DeleteAsync("a", default);

        Assert.False(await Store.TryReplaceAsync("a", new Note("second", 2), version, default));
        Assert.Null(await Store.ReadAsync<Note>("a", default));
    }

    [Fact]
    public async Task TryReplaceAsync_TwentyAtOnceWithOneVersion_ExactlyOneWins()
    {
        await Store.TryCreateAsync("a", new Note("first", -1), default);
        var version = (await Store.ReadAsync<Note>("a", default))!.Version;

        var results = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => Store.TryReplaceAsync("a", new Note("writer", i), version, default)));

        var winner = Assert.Single(results.Index(), r => r.Item).Index;
        Assert.Equal(winner, (await Store.ReadAsync<Note>("a", default))!.Value.Number);
    }

    [Fact]
    public async Task DeleteAsync_Record_IsGoneAndCanBeWrittenAgain()
    {
        await Store.TryCreateAsync("a", new Note("first", 1), default);
        await Store.DeleteAsync("a", default);
        await Store.DeleteAsync("a", default); // no error when there is none

        Assert.Null(await Store.ReadAsync<Note>("a", default));
        Assert.True(await Store.TryCreateAsync("a", new Note("second", 2), default));
    }

    [Fact]
    public async Task ListAsync_Prefix_NamesInOrderWithTheirTime()
    {
        foreach (var name in new[] { "open/c", "open/a", "opened/x", "closed/b", "open/b" }) await Store.TryCreateAsync(name, new Note("", 0), default);

        var found = new List<(string Name, DateTimeOffset WrittenAt)>();
        await foreach (var record in Store.ListAsync("open/", default)) found.Add(record);

        Assert.Equal(["open/a", "open/b", "open/c"], found.Select(f => f.Name));
        Assert.All(found, f => Assert.True(f.WrittenAt > DateTimeOffset.UnixEpoch));
    }

    protected sealed record Note(string Text, int Number);
}
