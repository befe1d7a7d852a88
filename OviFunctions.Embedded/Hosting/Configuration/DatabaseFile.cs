namespace OviFunctions.Embedded.Hosting.Configuration;

/// <summary>Where the engine keeps its state.</summary>
/// <param name="Path">The full path of the SQLite file; null for memory.</param>
internal sealed record DatabaseFile(string? Path)
{
    private const string Memory = ":memory:";

    public static DatabaseFile Choose(EmbeddedHostOptions options, HostSettings host, string contentRoot) =>
        options.DatabasePath == Memory
            ? new DatabaseFile((string?)null)
            : new DatabaseFile(System.IO.Path.GetFullPath(options.DatabasePath ?? $".data/{host.HubName}.db", contentRoot));
}
