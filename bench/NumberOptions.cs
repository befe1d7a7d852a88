using System.Globalization;

namespace OviFunctions.Bench;

/// <summary>A command's options: names, each with a whole number of at least 1.</summary>
internal static class NumberOptions
{
    /// <param name="words">The command line after the command.</param>
    /// <param name="known">All options with the numbers that they have unless given; those given are put in.</param>
    /// <param name="errors">Hears what is wrong.</param>
    /// <returns>False: the command line is wrong.</returns>
    public static async Task<bool> ReadAsync(IReadOnlyList<string> words, Dictionary<string, int> known, TextWriter errors)
    {
        for (var i = 0; i < words.Count; i += 2)
        {
            var value = i + 1 < words.Count ? words[i + 1] : "";
            if (known.ContainsKey(words[i]) && int.TryParse(value, CultureInfo.InvariantCulture, out var number) && number > 0)
            {
                known[words[i]] = number;
                continue;
            }

            await errors.WriteLineAsync($"'{words[i]} {value}' is not an option: {string.Join(" and ", known.Keys)} take a number of at least 1.");
            return false;
        }

        return true;
    }
}
