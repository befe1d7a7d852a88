namespace OviFunctions.Configuration;

/// <summary>Describes one setting: what it is, and what a value should look like.</summary>
/// <param name="description">One sentence, with the unit if there is one.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class SettingAttribute(string description) : Attribute
{
    public string Description { get; } = description;

    /// <summary>What a right value looks like, for the message when it is missing or wrong.</summary>
    public string? Example { get; init; }

    /// <summary>Whether the gateway cannot start without it.</summary>
    public bool Required { get; init; }

    /// <summary>Whether it is wrong to set it to nothing, as a variable that was meant to hold something.</summary>
    public bool NotEmpty { get; init; }

    /// <summary>Whether the value must never be printed.</summary>
    public bool Secret { get; init; }

    /// <summary>The smallest value of a number.</summary>
    public double Min { get; init; } = double.MinValue;

    /// <summary>The largest value of a number.</summary>
    public double Max { get; init; } = double.MaxValue;
}

/// <summary>One thing that is wrong with the settings.</summary>
/// <param name="Key">The setting's key, for example <c>Payments:PayTo</c>.</param>
/// <param name="Problem">What is wrong and what it should be.</param>
public sealed record SettingProblem(string Key, string Problem)
{
    public override string ToString() => $"{Key}: {Problem}";
}

/// <summary>A group of settings with rules that concern more than one of them.</summary>
internal interface ISettingRules
{
    /// <summary>
    /// Checks the group after every value was read. Values that are missing or could not be read have their defaults; what a
    /// rule says about their keys is left out.
    /// </summary>
    /// <param name="path">The group's key with a trailing colon, or empty for the root.</param>
    IEnumerable<SettingProblem> Check(string path);
}

/// <summary>The settings are missing or wrong; the message lists every problem, one a line.</summary>
public sealed class SettingsException(IReadOnlyList<SettingProblem> problems)
    : Exception($"The settings have {problems.Count} problem(s):{Environment.NewLine}{string.Join(Environment.NewLine, problems.Select(p => $"  {p}"))}")
{
    public IReadOnlyList<SettingProblem> Problems { get; } = problems;
}
