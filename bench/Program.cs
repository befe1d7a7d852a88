using OviFunctions.Bench.Chaos;
using OviFunctions.Bench.FanOut;
using OviFunctions.Bench.Poison;
using OviFunctions.Bench.Power;
using OviFunctions.Bench.Stop;

return args switch
{
    ["chaos", .. var options] => await ChaosCommand.RunAsync(options, Console.Out, Console.Error),
    ["chaos-host", var database, var generation] => await ChaosHost.RunAsync(database, generation),
    ["fan-out", .. var options] => await FanOutCommand.RunAsync(options, Console.Out, Console.Error),
    ["poison-host", var database, var maxCrashes, var isMended] => await PoisonHost.RunAsync(database, maxCrashes, isMended),
    ["power-host", var database, var pragma] => await PowerHost.RunAsync(database, pragma),
    ["stop-host", var folder, var life] => await StopHost.RunAsync(folder, life),
    _ => await UsageAsync(),
};

static async Task<int> UsageAsync()
{
    await Console.Error.WriteLineAsync(
        """
        dotnet run -c Release --project bench -- chaos [--kills 200] [--seed N]
        dotnet run -c Release --project bench -- fan-out [--activities 10000] [--work 5] [--seed N]

        chaos   runs many orchestrations on the embedded engine, kills its process at random moments, restarts it on the same
                database, and proves that nothing was lost and nothing happened twice. Exit code 1 if not.

        fan-out measures how long the activity of a small instance waits to begin, alone and beside an instance that fans out to
                many activities, each of so many milliseconds. Exit code 1 if the fan-out adds 100 ms or more to the delay of 99 in 100.
        """);
    return 2;
}
