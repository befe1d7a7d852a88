using OviFunctions.Bench.Chaos;
using OviFunctions.Bench.Power;
using OviFunctions.Bench.Stop;

return args switch
{
    ["chaos", .. var options] => await ChaosCommand.RunAsync(options, Console.Out, Console.Error),
    ["chaos-host", var database, var generation] => await ChaosHost.RunAsync(database, generation),
    ["power-host", var database, var pragma] => await PowerHost.RunAsync(database, pragma),
    ["stop-host", var folder, var life] => await StopHost.RunAsync(folder, life),
    _ => await UsageAsync(),
};

static async Task<int> UsageAsync()
{
    await Console.Error.WriteLineAsync(
        """
        dotnet run -c Release --project bench -- chaos [--kills 200] [--seed N]

        chaos   runs many orchestrations on the embedded engine, kills its process at random moments, restarts it on the same
                database, and proves that nothing was lost and nothing happened twice. Exit code 1 if not.
        """);
    return 2;
}
