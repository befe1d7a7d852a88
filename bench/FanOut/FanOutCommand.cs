using System.Globalization;
using System.Security.Cryptography;

namespace OviFunctions.Bench.FanOut;

/// <summary>The command line of the fairness measurement.</summary>
internal static class FanOutCommand
{
    private const int Samples = 300;

    /// <returns>0: the fan-out holds up others by less than the limit; 1: it does not; 2: the command line is wrong.</returns>
    public static async Task<int> RunAsync(IReadOnlyList<string> options, TextWriter output, TextWriter errors)
    {
        var activities = 10_000;
        var work = 5;
        var seed = (ulong)RandomNumberGenerator.GetInt32(int.MaxValue);
        for (var i = 0; i < options.Count; i += 2)
        {
            var value = i + 1 < options.Count ? options[i + 1] : "";
            var known = options[i] switch
            {
                "--activities" => int.TryParse(value, CultureInfo.InvariantCulture, out activities) && activities > 0,
                "--work" => int.TryParse(value, CultureInfo.InvariantCulture, out work) && work > 0,
                "--seed" => ulong.TryParse(value, CultureInfo.InvariantCulture, out seed),
                _ => false,
            };
            if (known) continue;
            await errors.WriteLineAsync($"'{options[i]} {value}' is not an option: --activities, --work and --seed take a number.");
            return 2;
        }

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
