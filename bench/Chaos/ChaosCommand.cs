using System.Globalization;
using System.Security.Cryptography;

namespace OviFunctions.Bench.Chaos;

/// <summary>The command line of the kill test.</summary>
internal static class ChaosCommand
{
    /// <returns>0: nothing was lost; 1: something was; 2: the command line is wrong.</returns>
    public static async Task<int> RunAsync(IReadOnlyList<string> options, TextWriter output, TextWriter errors)
    {
        var kills = 200;
        var seed = (ulong)RandomNumberGenerator.GetInt32(int.MaxValue);
        for (var i = 0; i < options.Count; i += 2)
        {
            var value = i + 1 < options.Count ? options[i + 1] : "";
            var known = options[i] switch
            {
                "--kills" => int.TryParse(value, CultureInfo.InvariantCulture, out kills) && kills >= 0,
                "--seed" => ulong.TryParse(value, CultureInfo.InvariantCulture, out seed),
                _ => false,
            };
            if (known) continue;
            await errors.WriteLineAsync($"'{options[i]} {value}' is not an option: --kills and --seed take a number.");
            return 2;
        }

        var folder = Directory.CreateTempSubdirectory("ovi-chaos-");
        var verdict = await new ChaosRun(Path.Combine(folder.FullName, "engine.db"), kills, seed, output, TimeProvider.System).RunAsync();
        await output.WriteLineAsync(verdict.ToString());
        if (verdict.Violations.Count == 0) folder.Delete(recursive: true);
        else await output.WriteLineAsync($"The database is left in {folder.FullName}.");
        return verdict.Violations.Count == 0 ? 0 : 1;
    }
}
