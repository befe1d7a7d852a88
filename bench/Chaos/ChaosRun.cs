namespace OviFunctions.Bench.Chaos;

/// <summary>
/// The kill test: instances of every shape on an engine whose process is killed (SIGKILL) at random moments and started again on the
/// same database. The seed gives the shapes and the moments; what the engine is doing at a moment is the machine's choice.
/// </summary>
/// <param name="database">The path of the database; there is none yet.</param>
/// <param name="kills">How many kills.</param>
/// <param name="seed">Any number.</param>
/// <param name="output">Hears how it goes.</param>
internal sealed class ChaosRun(string database, int kills, ulong seed, TextWriter output, TimeProvider time)
{
    /// <summary>How many instances, beside their children, are under way at any moment.</summary>
    private const int Width = 64;

    private const int LongestStart = 250;
    private const int LongestLife = 300;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Ledger _ledger = new();
    private int _generation;
    private int _lastJob;

    public async Task<Verdict> RunAsync()
    {
        await output.WriteLineAsync($"Seed {seed}: {kills} kills on {database}");
        using var givingUp = new CancellationTokenSource();
        var host = Start();
        var client = new ChaosClient(host, _ledger, givingUp.Token);
        var clients = Task.WhenAll(Enumerable.Range(0, Width).Select(_ => Task.Run(() => RunJobsAsync(client))));
        var dice = new Dice(seed);
        while (_generation <= kills)
        {
            if (!await LiveAsync(host, dice)) return await EndAsync(host, clients, givingUp);
            await host.KillAsync();
            host.Dispose();
            host = Start();
            client.MoveTo(host);
            if (_generation % 50 == 0) await output.WriteLineAsync($"{_generation - 1} kills, {_ledger.Jobs.Count} instances finished");
        }

        await FinishAsync(clients);
        return await EndAsync(host, clients, givingUp);
    }

    private HostProcess Start() => HostProcess.Start(database, ++_generation, _ledger);

    private async Task RunJobsAsync(ChaosClient client)
    {
        do await client.RunAsync(ChaosJob.Roll(seed, Interlocked.Increment(ref _lastJob)));
        while (Volatile.Read(ref _generation) <= kills);
    }

    /// <summary>One life in four ends in or soon after the start, the others at work. False: it did not come to that.</summary>
    private async Task<bool> LiveAsync(HostProcess host, Dice dice)
    {
        var (early, life) = (dice.Roll(0, 3) == 0, dice.Roll(0, LongestLife));
        if (early) life = life * LongestStart / LongestLife;
        else await Task.WhenAny(host.Ready, host.Ended, Task.Delay(Patience, time));
        await Task.WhenAny(host.Ended, Task.Delay(TimeSpan.FromMilliseconds(life), time));
        if (host.Ended.IsCompleted) _ledger.Wrong($"The process ended by itself with code {host.ExitCode}.");
        else if (!early && !host.Ready.IsCompleted) _ledger.Wrong($"The engine did not start within {Patience}.");
        else return true;
        return false;
    }

    /// <summary>Waits until all instances are finished, for as long as anything moves.</summary>
    private async Task FinishAsync(Task clients)
    {
        long answers;
        do
        {
            answers = _ledger.Answers;
            await Task.WhenAny(clients, Task.Delay(Patience, time));
        }
        while (!clients.IsCompleted && _ledger.Answers != answers);
        if (!clients.IsCompleted) _ledger.Wrong($"Instances are not finished, and nothing has moved for {Patience}.");
    }

    private async Task<Verdict> EndAsync(HostProcess host, Task clients, CancellationTokenSource givingUp)
    {
        await givingUp.CancelAsync();
        await clients.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (clients.Exception is { } failure) _ledger.Wrong($"A client failed: {failure.InnerException}");
        await host.StopAsync();
        if (host.ExitCode != 0) _ledger.Wrong($"The process that was not killed ended with code {host.ExitCode}.");
        host.Dispose();
        return new Verdict(
            seed, kills, _ledger,
            [.. _ledger.Violations, .. LedgerAudit.Violations(_ledger, kills), .. DatabaseAudit.Violations(database)]);
    }
}
