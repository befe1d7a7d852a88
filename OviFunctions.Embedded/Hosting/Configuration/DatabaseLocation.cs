namespace OviFunctions.Embedded.Hosting.Configuration;

/// <summary>Where the engine keeps its state.</summary>
/// <param name="Path">The full path of the SQLite file, which is no link; null for memory.</param>
internal sealed record DatabaseLocation(string? Path)
{
    private const string Memory = ":memory:";

    public static DatabaseLocation Choose(EmbeddedHostOptions options, HostSettings host, string contentRoot) =>
        options.DatabasePath == Memory
            ? new DatabaseLocation((string?)null)
            : new DatabaseLocation(Target(System.IO.Path.GetFullPath(options.DatabasePath ?? $".data/{host.HubName}.db", contentRoot)));

    /// <summary>
    /// What a link leads to. SQLite puts its log beside that; were the lock beside the link, two processes could use one database, and
    /// nobody would see how long the log is.
    /// </summary>
    private static string Target(string path) =>
        new FileInfo(path) is { LinkTarget: not null } link ? link.ResolveLinkTarget(returnFinalTarget: true)!.FullName : path;
}
