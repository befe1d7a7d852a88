namespace OviFunctions.Bench.FanOut;

/// <summary>The command line of the fairness measurement.</summary>
internal static class FanOutCommand
{
    private const int Samples = 300;

    /// <returns>0: the fan-out holds up others by less than the limit; 1: it does not; 2: the command line is wrong.</returns>
    public static async Task<int> RunAsync(IReadOnlyList<string> options, TextWriter output, TextWriter errors)
    {
        var numbers = new Dictionary<string, NumberOption>
        {
            ["--activities"] = new(10_000), ["--work"] = new(5), ["--seed"] = NumberOption.Seed(),
        };
        if (!await NumberOptions.ReadAsync(options, numbers, errors)) return 2;
        var (activities, work, seed) = (numbers.Int("--activities"), numbers.Int("--work"), numbers["--seed"].Value);
        var folder = Directory.CreateTempSubdirectory("ovi-fan-out-");
        try
        {
            var shape = new FanOutLoad(activities, TimeSpan.FromMilliseconds(work));
            var run = new FanOutRun(Path.Combine(folder.FullName, "engine.db"), shape, seed, Samples, output, TimeProvider.System);
            return await run.RunAsync() ? 0 : 1;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
