using OviFunctions.DevStack.Installation;

namespace OviFunctions.Tests.EndToEnd.Providers;

/// <summary>The fault table of docs/providers.md says what happens: each of its cells is the end of a job.</summary>
public sealed class FaultTableTests(FaultTableGateways gateways) : IClassFixture<FaultTableGateways>
{
    private const string None = "-";

    private static readonly IReadOnlyList<string[]> Table = ReadTable();

    public static TheoryData<string, string> Cells
    {
        get
        {
            var cells = new TheoryData<string, string>();
            foreach (var provider in TableProvider.All)
            {
                foreach (var fault in TableFault.All) cells.Add(provider.Name, fault.Name);
            }

            return cells;
        }
    }

    [Fact]
    public void Table_Docs_HasEachProviderAndEachFault()
    {
        Assert.Equal(["fault", .. TableProvider.All.Select(provider => provider.Name)], Table[0]);
        Assert.Equal(TableFault.All.Select(fault => fault.Name), Table.Skip(1).Select(row => row[0]));
        Assert.All(Table, row => Assert.Equal(Table[0].Length, row.Length));
    }

    [Theory]
    [MemberData(nameof(Cells))]
    public async Task Cell_Docs_IsWhatHappens(string providerName, string faultName)
    {
        var provider = TableProvider.All.Single(p => p.Name == providerName);
        var fault = TableFault.All.Single(f => f.Name == faultName);
        var written = Table.Single(row => row[0] == faultName)[Array.IndexOf(Table[0], providerName)];

        Assert.Equal(written, provider.Lacks(fault) ? None : await gateways.CellAsync(provider, fault));
    }

    /// <summary>Its rows, the names of the columns first.</summary>
    private static List<string[]> ReadTable()
    {
        var lines = File.ReadAllLines(Path.Combine(RepositoryFolders.Root, "docs", "providers.md"))
            .SkipWhile(line => !line.StartsWith("| fault |", StringComparison.Ordinal)).TakeWhile(line => line.StartsWith('|')).ToArray();
        return [.. lines.Where((_, number) => number != 1).Select(line => line.Trim('|', ' ').Split('|', StringSplitOptions.TrimEntries))];
    }
}
