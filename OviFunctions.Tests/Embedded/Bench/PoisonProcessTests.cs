using System.Diagnostics;
using System.Globalization;
using OviFunctions.Bench.Chaos;
using OviFunctions.Bench.Poison;
using OviFunctions.Embedded.Store.Sqlite;

namespace OviFunctions.Tests.Embedded.Bench;

/// <summary>Code that ends the process, time and again, in processes that really end.</summary>
public sealed class PoisonProcessTests : IDisposable
{
    /// <summary>Each of the two deadly ones takes others with it until it is suspect, twice; so these come to four.</summary>
    private const int MaxCrashes = 5;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("ovi-poison-");

    private string Database => Path.Combine(_folder.FullName, "engine.db");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task DeadlyActivityAndOrchestrator_AreStoppedAfterAFewRestartsAndTheOthersComplete()
    {
        var (restarts, fates) = (0, await RunAsync(isMended: false));
        for (; fates is null; fates = await RunAsync(isMended: false)) Assert.InRange(++restarts, 1, 2 * MaxCrashes);

        Assert.Equal(22, fates.Count);
        Assert.Equal("\"refunded: ActivityCrashedProcess\"", fates[PoisonHost.DeadlyActivity]);
        Assert.Contains("when the process died", fates[PoisonHost.DeadlyOrchestrator], StringComparison.Ordinal);
        Assert.All(fates.Where(fate => fate.Key.StartsWith("innocent", StringComparison.Ordinal)), fate => Assert.Equal("\"done\"", fate.Value));

        await using (var store = new SqliteStore(Database))
        {
            await store.OpenAsync(default);
            await store.ResumeAsync(PoisonHost.DeadlyOrchestrator, TimeProvider.System.GetUtcNow());
        }

        var mended = await RunAsync(isMended: true);
        Assert.Equal("\"done\"", mended![PoisonHost.DeadlyOrchestrator]);
    }

    /// <summary>What became of each instance; null: the process died.</summary>
    private async Task<Dictionary<string, string>?> RunAsync(bool isMended)
    {
        var info = new ProcessStartInfo(
            Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet",
            [
                typeof(PoisonHost).Assembly.Location, "poison-host", Database,
                MaxCrashes.ToString(CultureInfo.InvariantCulture), isMended.ToString(CultureInfo.InvariantCulture),
            ])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(info)!;
        var errors = process.StandardError.ReadToEndAsync();
        var lines = (await process.StandardOutput.ReadToEndAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        await process.WaitForExitAsync();
        if (process.ExitCode == 0) return lines.Select(line => Wire.Read(line)!).ToDictionary(fields => fields[1], fields => fields[2], StringComparer.Ordinal);
        Assert.Contains("This is what the process is to die of.", await errors, StringComparison.Ordinal);
        return null;
    }
}
