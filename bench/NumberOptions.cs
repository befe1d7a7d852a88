using System.Globalization;
using System.Security.Cryptography;

namespace OviFunctions.Bench;

/// <summary>The number that a command's option has, and those that it may have.</summary>
internal sealed record NumberOption(ulong Value)
{
    public ulong Least { get; init; } = 1;

    public ulong Most { get; init; } = int.MaxValue;

    /// <summary>Any number; a random one unless it is given.</summary>
    public static NumberOption Seed() => new((ulong)RandomNumberGenerator.GetInt32(int.MaxValue)) { Least = 0, Most = ulong.MaxValue };

    public bool Allows(ulong value) => value >= Least && value <= Most;
}

/// <summary>A command's options: names, each with a whole number.</summary>
internal static class NumberOptions
{
    /// <param name="words">The command line after the command.</param>
    /// <param name="known">All options with the numbers that they have unless given; those given are put in.</param>
    /// <param name="errors">Hears what is wrong.</param>
    /// <returns>False: the command line is wrong.</returns>
    public static async Task<bool> ReadAsync(IReadOnlyList<string> words, Dictionary<string, NumberOption> known, TextWriter errors)
    {
        for (var i = 0; i < words.Count; i += 2)
        {
            var value = i + 1 < words.Count ? words[i + 1] : "";
            if (known.TryGetValue(words[i], out var option) && ulong.TryParse(value, CultureInfo.InvariantCulture, out var number) && option.Allows(number))
            {
                known[words[i]] = option with { Value = number };
                continue;
            }

            var names = known.Count == 1 ? known.Keys.Single() : $"{string.Join(", ", known.Keys.SkipLast(1))} and {known.Keys.Last()}";
            var least = known.Values.All(o => o.Least == 1) ? " of at least 1" : "";
            await errors.WriteLineAsync($"'{words[i]} {value}' is not an option: {names} take a number{least}.");
            return false;
        }

        return true;
    }

    public static int Int(this Dictionary<string, NumberOption> options, string name) => (int)options[name].Value;
}
