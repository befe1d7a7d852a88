namespace OviFunctions.Embedded.Hosting.Configuration;

/// <summary>Where the engine keeps its state.</summary>
/// <param name="Path">The full path of the SQLite file; null for memory.</param>
internal sealed record DatabaseLocation(string? Path)
{
    private const string Memory = ":memory:";

    public static DatabaseLocation Choose(EmbeddedHostOptions options, HostSettings host, string contentRoot) =>
        options.DatabasePath == Memory
            ? new DatabaseLocation((string?)null)
            : new DatabaseLocation(System.IO.Path.GetFullPath(options.DatabasePath ?? $".data/{host.HubName}.db", contentRoot));
}
