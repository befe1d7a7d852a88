using System.Text.RegularExpressions;
using OviFunctions.DevStack.Installation;

namespace OviFunctions.Tests.Embedded;

/// <summary>docs/durable-functions-behaviour.md names the tests that hold the engine to each behaviour: they have to be there.</summary>
public sealed partial class BehaviourTableTests
{
    private static readonly HashSet<string> Keys = ["SDK", "Ext", "Host", "Run", "Ours", "declarations"];

    [Fact]
    public void EveryRow_NamesItsSourceAndTestsThatExist()
    {
        var rows = File.ReadLines(Path.Combine(RepositoryFolders.Root, "docs", "durable-functions-behaviour.md"))
            .SkipWhile(line => line != "## Binding")
            .Where(line => line.StartsWith("| ", StringComparison.Ordinal) && !line.StartsWith("| behaviour |", StringComparison.Ordinal))
            .Select(line => line.Trim('|').Split(" | "))
            .ToArray();
        var tests = Tests().ToHashSet();

        var wrong = rows.Where(row => row.Length != 3
                || !Keys.Contains(FirstWord().Match(row[1]).Value)
                || Named(row[2]) is not { Length: > 0 } named || !named.All(tests.Contains))
            .Select(row => string.Join(" | ", row));

        Assert.True(rows.Length > 60);
        Assert.Empty(wrong);
    }

    private static string[] Named(string cell) => [.. TestName().Matches(cell).Select(m => m.Groups[1].Value)];

    private static IEnumerable<string> Tests() =>
        from type in typeof(BehaviourTableTests).Assembly.GetTypes()
        where !type.IsAbstract
        from method in type.GetMethods()
        where method.IsDefined(typeof(FactAttribute), inherit: true)
        select $"{type.Name}.{method.Name}";

    [GeneratedRegex(@"^\w+")]
    private static partial Regex FirstWord();

    [GeneratedRegex(@"`([^`]*)`")]
    private static partial Regex TestName();
}
