using Microsoft.Extensions.Configuration;
using OviFunctions.Embedded.Hosting.Operator;

namespace OviFunctions.Bench.Wal;

/// <summary>The other process: the operator's command line on the bench's database.</summary>
internal static class OperatorProcess
{
    public static Task<int> RunAsync(string database, IReadOnlyList<string> words)
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection([new("EmbeddedHost:DatabasePath", database)]).Build();
        return InstancesCommand.RunAsync(words, configuration, AppContext.BaseDirectory, Console.Out, Console.Out, TimeProvider.System);
    }
}
