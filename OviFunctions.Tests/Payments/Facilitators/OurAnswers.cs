namespace OviFunctions.Tests.Payments.Facilitators;

/// <summary>Data/x402-captures/ours.txt: what we answer in each error case of the captures. Its head says what the columns are.</summary>
internal static class OurAnswers
{
    /// <summary>Beside the name.</summary>
    public const int Columns = 5;

    private static readonly Dictionary<string, string[]> Lines = File
        .ReadLines(Path.Combine(AppContext.BaseDirectory, "Data", "x402-captures", "ours.txt"))
        .Where(line => !line.StartsWith('#')).Select(line => line.Split(" | "))
        .ToDictionary(cells => cells[0], cells => cells[1..]);

    public static IEnumerable<string> Names => Lines.Keys;

    public static IReadOnlyList<string> Of(string name) => Lines[name];

    public static string Cell(IEnumerable<string> results) => string.Join(", ", results.DefaultIfEmpty("-"));
}
