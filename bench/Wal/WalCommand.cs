using System.Globalization;

namespace OviFunctions.Bench.Wal;

/// <summary>The command line of the log's test.</summary>
internal static class WalCommand
{
    /// <returns>0: the log stayed within its limit; 1: it did not, or somebody was not served; 2: the command line is wrong.</returns>
    public static async Task<int> RunAsync(IReadOnlyList<string> words, TextWriter output, TextWriter errors)
    {
        var options = new Dictionary<string, NumberOption> { ["--seconds"] = new(60), ["--writers"] = new(32) };
        if (!await NumberOptions.ReadAsync(words, options, errors)) return 2;
        var (length, writers) = (TimeSpan.FromSeconds(options.Int("--seconds")), options.Int("--writers"));
        var folder = Directory.CreateTempSubdirectory("ovi-wal-");
        try
        {
            var report = await new WalRun(Path.Combine(folder.FullName, "engine.db"), length, writers, TimeProvider.System).RunAsync();
            var seconds = report.Took.TotalSeconds;
            await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture,
                $"""
                {writers} writers, {seconds:N0} s: {report.Instances:N0} instances finished ({report.Instances / seconds:N0}/s), {report.Commits:N0} commits.
                A client read {report.Pages:N0} pages of instances. Another process listed them all {report.Lists} times,
                and backed up {Megabytes.Of(report.BackupBytes)} in {report.BackupTime.TotalSeconds:N1} s.
                Longest log: {Megabytes.Of(report.LongestLog)}; during the backup: {Megabytes.Of(report.LongestLogOfBackup)}. Limit: {Megabytes.Of(WalRun.Limit)}.
                """));
            foreach (var problem in report.Problems) await output.WriteLineAsync(problem);
            return report.Problems.Count == 0 ? 0 : 1;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
