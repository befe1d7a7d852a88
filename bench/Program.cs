using OviFunctions.Bench.Chaos;
using OviFunctions.Bench.FanOut;
using OviFunctions.Bench.Money;
using OviFunctions.Bench.Poison;
using OviFunctions.Bench.Power;
using OviFunctions.Bench.Space;
using OviFunctions.Bench.Stop;
using OviFunctions.Bench.Wal;

return args switch
{
    ["chaos", .. var options] when options.Contains("--money") => await MoneyCommand.RunAsync(options, Console.Out, Console.Error),
    ["chaos", .. var options] => await ChaosCommand.RunAsync(options, Console.Out, Console.Error),
    ["wal", .. var options] => await WalCommand.RunAsync(options, Console.Out, Console.Error),
    ["space", .. var options] => await SpaceCommand.RunAsync(options, Console.Out, Console.Error),
    ["fan-out", .. var options] => await FanOutCommand.RunAsync(options, Console.Out, Console.Error),

    // Processes that the commands and the tests start.
    ["chaos-host", var database, var generation] => await ChaosHost.RunAsync(database, generation),
    ["poison-host", var database, var maxCrashes, var isMended] => await PoisonHost.RunAsync(database, maxCrashes, isMended),
    ["power-host", var database, var pragma] => await PowerHost.RunAsync(database, pragma),
    ["stop-host", var folder, var life] => await StopHost.RunAsync(folder, life),
    ["instances", var database, .. var words] => await OperatorProcess.RunAsync(database, words),
    _ => await UsageAsync(),
};

static async Task<int> UsageAsync()
{
    await Console.Error.WriteLineAsync(
        """
        dotnet run -c Release --project bench -- COMMAND, of the embedded engine; bench/README.md says more:

        chaos [--kills 200] [--seed N]        its process is killed at random moments: nothing is lost, nothing happens twice
        chaos --money 500 [--seed N]          orders whose facilitators, chain and node fail and lie: no money is lost, none is taken twice
        wal [--seconds 60] [--writers 32]     heavy load with slow readers: the write-ahead log stays short
        space [--jobs 100000]                 bytes per finished job; the space of deleted jobs is used again
        fan-out [--activities 10000] [--work 5] [--seed N]
                                              many activities of one instance hardly hold up those of others

        Exit code 1 if that is not so.
        """);
    return 2;
}
