namespace OviFunctions.DevStack.Installation;

/// <summary>Where things lie in the checkout that this build came from.</summary>
internal static class RepositoryFolders
{
    private const string Marker = "OviFunctions.sln";

    /// <summary>The root of the checkout.</summary>
    public static string Root { get; } = Find(AppContext.BaseDirectory);

    /// <summary>The Node peers: scripts, lock file, <c>node_modules</c>.</summary>
    public static string Peers { get; } = Path.Combine(Root, "OviFunctions.DevStack", "peers");

    private static string Find(string start)
    {
        for (var folder = new DirectoryInfo(start); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, Marker))) return folder.FullName;
        throw new StackException($"The dev stack runs from a checkout of the repository: no folder above {start} holds {Marker}.");
    }
}
