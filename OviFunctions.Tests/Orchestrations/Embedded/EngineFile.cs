using OviFunctions.Embedded.Engine;

namespace OviFunctions.Tests.Orchestrations.Embedded;

/// <summary>A SQLite file for an engine that is stopped and started; gone after the test.</summary>
internal sealed class EngineFile : IAsyncDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("ovi-jobs-");

    public EngineOptions Options => new() { DatabasePath = Path.Combine(_directory.FullName, "engine.db") };

    public ValueTask DisposeAsync()
    {
        _directory.Delete(recursive: true);
        return ValueTask.CompletedTask;
    }
}
