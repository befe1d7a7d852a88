using System.Globalization;

namespace OviFunctions.Bench.Space;

/// <summary>The command line of the test of space.</summary>
internal static class SpaceCommand
{
    /// <returns>0: the space of old jobs is used again; 1: it is not; 2: the command line is wrong.</returns>
    public static async Task<int> RunAsync(IReadOnlyList<string> words, TextWriter output, TextWriter errors)
    {
        var options = new Dictionary<string, NumberOption> { ["--jobs"] = new(100_000) };
        if (!await NumberOptions.ReadAsync(words, options, errors)) return 2;
        var folder = Directory.CreateTempSubdirectory("ovi-space-");
        try
        {
            var run = new SpaceRun(Path.Combine(folder.FullName, "engine.db"), TimeProvider.System);
            var (jobs, later) = (options.Int("--jobs"), Math.Max(1, options.Int("--jobs") / 10));
            var took = await run.FinishJobsAsync(first: 0, jobs);
            var size = run.Size;
            await WriteAsync($"{jobs:N0} jobs finished in {took.TotalSeconds:N0} s: {Megabytes.Of(size)}, {size / jobs:N0} bytes a job.");

            var purge = await run.PurgeAllAsync();
            await WriteAsync(
                $"""
                The engine started on them, which checks the file, in {purge.Opening.TotalSeconds:N1} s.
                Retention deleted them in {purge.Purge.TotalSeconds:N0} s. Meanwhile {purge.Starts.Count:N0} other starts waited for their commit,
                half of them up to {purge.Starts.Median.TotalMilliseconds:N0} ms, the longest {purge.Starts.Longest.TotalMilliseconds:N0} ms.
                """);

            await run.FinishJobsAsync(first: jobs, later);
            await WriteAsync($"{later:N0} jobs more: {Megabytes.Of(run.Size)}, of which {Megabytes.Of(run.FreeBytes)} are free.");
            if ((run.Size - size) * 10 <= size / jobs * later) return 0;
            await WriteAsync($"The file has grown by more than a tenth of what they take: the space of deleted jobs is not used again.");
            return 1;
        }
        finally
        {
            folder.Delete(recursive: true);
        }

        Task WriteAsync(FormattableString text) => output.WriteLineAsync(text.ToString(CultureInfo.InvariantCulture));
    }
}
