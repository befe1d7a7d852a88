namespace OviFunctions.Tests.Support;

/// <summary>A test that needs a program of the machine's; it is skipped, and says why, where none of these is on the PATH.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class FactWithAttribute : FactAttribute
{
    public FactWithAttribute(params string[] programs)
    {
        if (Find(programs) is null) Skip = $"There is no {string.Join(" or ", programs)} on the PATH.";
    }

    /// <summary>The full path of the first of these programs that there is.</summary>
    public static string? Find(params string[] programs) => programs
        .SelectMany(program => (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator)
            .Select(folder => Path.Combine(folder, OperatingSystem.IsWindows() ? program + ".exe" : program)))
        .FirstOrDefault(File.Exists);
}
