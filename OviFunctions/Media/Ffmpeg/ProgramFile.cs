namespace OviFunctions.Media.Ffmpeg;

/// <summary>Looks for a program as a shell does.</summary>
internal static class ProgramFile
{
    /// <summary>The full path of the program on the PATH; null when there is none.</summary>
    public static string? Find(string name) => (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
        .Select(folder => Path.GetFullPath(Path.Combine(folder, OperatingSystem.IsWindows() ? name + ".exe" : name)))
        .FirstOrDefault(File.Exists);
}
