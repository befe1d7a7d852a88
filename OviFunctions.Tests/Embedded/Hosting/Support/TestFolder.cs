namespace OviFunctions.Tests.Embedded.Hosting.Support;

/// <summary>A folder that is gone after the test.</summary>
internal sealed class TestFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("ovifunctions-").FullName;

    /// <summary>The path of a file in the folder.</summary>
    public string this[string name] => System.IO.Path.Combine(Path, name);

    public TestFolder Write(string name, string content)
    {
        File.WriteAllText(this[name], content);
        return this;
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
