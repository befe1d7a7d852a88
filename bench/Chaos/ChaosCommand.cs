namespace OviFunctions.Bench.Chaos;

/// <summary>The command line of the kill test.</summary>
internal static class ChaosCommand
{
    /// <returns>0: nothing was lost; 1: something was; 2: the command line is wrong.</returns>
    public static async Task<int> RunAsync(IReadOnlyList<string> options, TextWriter output, TextWriter errors)
    {
        var numbers = new Dictionary<string, NumberOption> { ["--kills"] = new(200) { Least = 0 }, ["--seed"] = NumberOption.Seed() };
        if (!await NumberOptions.ReadAsync(options, numbers, errors)) return 2;
        var (kills, seed) = (numbers.Int("--kills"), numbers["--seed"].Value);
        var folder = Directory.CreateTempSubdirectory("ovi-chaos-");
        var verdict = await new ChaosRun(Path.Combine(folder.FullName, "engine.db"), kills, seed, output, TimeProvider.System).RunAsync();
        await output.WriteLineAsync(verdict.ToString());
        if (verdict.Violations.Count == 0) folder.Delete(recursive: true);
        else await output.WriteLineAsync($"The database is left in {folder.FullName}.");
        return verdict.Violations.Count == 0 ? 0 : 1;
    }
}
