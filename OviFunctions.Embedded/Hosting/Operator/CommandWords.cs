namespace OviFunctions.Embedded.Hosting.Operator;

/// <summary>The words after a verb: those that stand alone, and options, which begin with two dashes. Where they are wrong it says how.</summary>
internal sealed class CommandWords
{
    private readonly Dictionary<string, List<string>> _options = new(StringComparer.Ordinal);

    private CommandWords(IReadOnlyList<string> alone) => Alone = alone;

    public IReadOnlyList<string> Alone { get; }

    public bool Has(string flag) => _options.ContainsKey(flag);

    /// <summary>The values that an option was given; empty if it was not.</summary>
    public IReadOnlyList<string> All(string option) => _options.GetValueOrDefault(option) ?? [];

    /// <summary>Reads words; an option whose name has a colon is one of the host's settings, and not meant here.</summary>
    /// <param name="words">As the shell gave them.</param>
    /// <param name="flags">Names of options without a value.</param>
    /// <param name="valued">Names of options with a value, as <c>--name value</c> or <c>--name=value</c>.</param>
    /// <exception cref="UsageException">An option is unknown, or lacks its value.</exception>
    public static CommandWords Read(IReadOnlyList<string> words, IReadOnlyCollection<string> flags, IReadOnlyCollection<string> valued)
    {
        var alone = new List<string>();
        var read = new CommandWords(alone);
        for (var i = 0; i < words.Count; i++)
        {
            if (!words[i].StartsWith("--", StringComparison.Ordinal))
            {
                alone.Add(words[i]);
                continue;
            }

            var parts = words[i].Split('=', 2);
            var name = parts[0];
            if (name.Contains(':', StringComparison.Ordinal)) continue;
            if (!read._options.TryGetValue(name, out var values)) read._options.Add(name, values = []);
            if (flags.Contains(name) && parts.Length == 1) continue;
            if (!valued.Contains(name)) throw new UsageException($"{words[i]} is not an option of this command.");
            if (parts.Length == 2) values.Add(parts[1]);
            else if (++i < words.Count) values.Add(words[i]);
            else throw new UsageException($"{name} needs a value.");
        }

        return read;
    }
}

/// <summary>The command line is wrong; the message says how.</summary>
internal sealed class UsageException(string message) : Exception(message);

/// <summary>The command could not be carried out; the message says why.</summary>
internal sealed class CommandFailedException(string message) : Exception(message)
{
    public static CommandFailedException Unknown(string id) => new($"There is no instance '{id}'.");
}
