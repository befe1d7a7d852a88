namespace OviFunctions.DevStack.Simulators;

/// <summary>
/// Files of the repository, found upwards from where the program runs: the dev stack is only ever run from a checkout.
/// </summary>
public static class RepositoryFiles
{
    private const string RootMarker = "OviFunctions.sln";

    /// <summary>The full path of a file or folder, which need not exist, given from the repository's root.</summary>
    /// <exception cref="DirectoryNotFoundException">The program does not run inside a checkout.</exception>
    public static string PathOf(params ReadOnlySpan<string> parts)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, RootMarker))) return Path.Combine([folder.FullName, .. parts]);
        }

        throw new DirectoryNotFoundException($"{AppContext.BaseDirectory} is not inside a checkout: no {RootMarker} above it.");
    }

    /// <summary>
    /// The <c>node_modules</c> that has an npm package: that of <c>OviFunctions.DevStack/peers</c>, else one of those in
    /// <c>NODE_PATH</c>; null when the package is not installed.
    /// </summary>
    public static string? NodeModulesWith(string package)
    {
        string[] candidates =
        [
            PathOf("OviFunctions.DevStack", "peers", "node_modules"),
            .. (Environment.GetEnvironmentVariable("NODE_PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries),
        ];
        return candidates.FirstOrDefault(folder => File.Exists(Path.Combine(folder, package, "package.json")));
    }
}
