using Microsoft.DurableTask.Client;
using OviFunctions.Bench.Chaos;
using OviFunctions.Embedded.Store;
using OviFunctions.Embedded.Store.Sqlite;

namespace OviFunctions.Bench.Power;

/// <summary>
/// The process whose system calls the power-cut test records: instances and events through the store's writer, each acknowledged on
/// standard output as soon as the writer says that it is committed.
/// </summary>
internal static class PowerHost
{
    private const int Clients = 6;
    private const int InstancesOfAClient = 20;

    /// <param name="database">The path of the database.</param>
    /// <param name="pragma">Run when it is open; how the test shows that it would see a wrong setting.</param>
    public static async Task<int> RunAsync(string database, string pragma)
    {
        using var output = new Wire(Console.OpenStandardOutput());
        var connection = DatabaseFile.OpenWriter(database);
        connection.Execute(pragma);
        using var snapshots = new ReaderWriterLockSlim();
        await using var writer = new SqliteWriter(connection, capacity: 100, new StoreHealth(TimeProvider.System), snapshots, onCommit: null);
        await Task.WhenAll(Enumerable.Range(0, Clients).Select(client => Task.Run(async () =>
        {
            for (var number = 0; number < InstancesOfAClient; number++)
            {
                var (id, now) = ($"{client}-{number}", TimeProvider.System.GetUtcNow());
                var instance = new NewInstance(id, "Power", null, now, null, new Dictionary<string, string>());
                await CommitAsync(db => InstanceCommands.Create(db, instance, RuntimeStatuses.Unfinished));
                output.Write(Wire.Answer, id);
                await CommitAsync(db => InstanceCommands.RaiseEvent(db, id, "item", $"event of {id}", now));
                output.Write(Wire.Answer, $"event of {id}");
            }
        })));
        return 0;

        async Task CommitAsync<T>(Func<SqliteConnection, T> write)
        {
            while (true)
            {
                try
                {
                    await writer.WriteAsync(write);
                    return;
                }
                catch (InstanceStoreException)
                {
                    // The test lets some syncs fail. What was not acknowledged is written again.
                }
            }
        }
    }
}
