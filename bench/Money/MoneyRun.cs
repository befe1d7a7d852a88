using System.Collections.Concurrent;
using System.Globalization;
using OviFunctions.DevStack;

namespace OviFunctions.Bench.Money;

/// <summary>
/// Orders against a gateway whose facilitators, chain and node fail and lie, one fault an order. The seed gives the cases, and how
/// long, how often and for which facilitator it goes wrong; what meets what at a moment is the machine's choice.
/// </summary>
internal sealed class MoneyRun(DeveloperStack stack, int count, ulong seed, TextWriter output)
{
    /// <summary>How many orders are under way at a time: most of an order is waiting.</summary>
    private const int Width = 16;

    private const int MostAttempts = 4;

    /// <summary>How long money may take that nobody waits for.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <returns>What is not as it should be.</returns>
    public async Task<IReadOnlyList<string>> RunAsync(CancellationToken cancellationToken)
    {
        var started = stack.Host.Time.GetTimestamp();
        await output.WriteLineAsync($"Seed {seed}: {count} orders");
        await using var world = await MoneyWorld.StartAsync(stack, cancellationToken);
        // From here on, the gateway watches the chain for money that no order explains.
        await world.ReconcileAsync(cancellationToken);
        var dice = new Dice(seed);
        // Whoever lies is asked no more: the liars come last.
        var cases = MoneyCase.Sample(count, dice).Index().OrderBy(it => it.Item.Fault is MoneyFault.Lie or MoneyFault.WrongHash).ToList();
        var left = new ConcurrentQueue<(int Index, MoneyCase Item)>(cases);
        var results = new ConcurrentBag<MoneyResult>();
        var violations = new ConcurrentBag<string>();
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var operating = OperateAsync(world, over.Token);
        await Task.WhenAll(Enumerable.Range(0, Width).Select(async _ =>
        {
            while (left.TryDequeue(out var it)) await RunAsync(world, it.Item, it.Index + 1, results, violations, cancellationToken);
        }));
        await over.CancelAsync();
        await operating.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

        var found = await AuditAsync(world, results, cancellationToken);
        foreach (var ends in results.CountBy(result => result.End).OrderBy(ends => ends.Key))
            await output.WriteLineAsync($"{ends.Value} {ends.Key.ToString().ToLowerInvariant()}");
        violations = [.. violations, .. found];
        await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{stack.Host.Time.GetElapsedTime(started).TotalSeconds:0} s"));
        foreach (var violation in violations) await output.WriteLineAsync(violation);
        if (violations.IsEmpty) await output.WriteLineAsync("Each order is delivered, refunded, or unpaid and told so; no money is anywhere else.");
        return [.. violations];
    }

    /// <summary>An operator who looks after his facilitators: a node of ours that lies makes an honest one look like a liar.</summary>
    private async Task OperateAsync(MoneyWorld world, CancellationToken cancellationToken)
    {
        while (true)
        {
            await Task.Delay(TimeSpan.FromSeconds(1), stack.Host.Time, cancellationToken);
            await world.ForgiveAsync(always: false, cancellationToken);
        }
    }

    /// <summary>Once all is well, or when what is not has had time to become it: money that nobody waits for is found and goes back.</summary>
    private async Task<IReadOnlyList<string>> AuditAsync(MoneyWorld world, ConcurrentBag<MoneyResult> results, CancellationToken cancellationToken)
    {
        var started = stack.Host.Time.GetTimestamp();
        while (true)
        {
            await world.ReconcileAsync(cancellationToken);
            var violations = await MoneyAudit.ViolationsAsync(world, results, cancellationToken);
            if (violations.Count == 0 || stack.Host.Time.GetElapsedTime(started) > Patience) return violations;
            await Task.Delay(TimeSpan.FromSeconds(1), stack.Host.Time, cancellationToken);
        }
    }

    /// <summary>Repeats a case with which nothing went wrong, as when its facilitator was out of use for another order's lie.</summary>
    private async Task RunAsync(MoneyWorld world, MoneyCase it, int number, ConcurrentBag<MoneyResult> results, ConcurrentBag<string> violations, CancellationToken cancellationToken)
    {
        try
        {
            for (var attempt = 0; attempt < MostAttempts; attempt++)
            {
                var dice = new Dice(seed ^ ((ulong)number << 32));
                var result = await new MoneyCourse(world, it, number, dice).RunAsync(cancellationToken);
                results.Add(result);
                await output.WriteLineAsync(result.ToString());
                if (result.Hits > 0) return;
                await world.ForgiveAsync(always: true, cancellationToken);
            }

            violations.Add($"Order {number} ({it}): nothing went wrong.");
        }
        catch (MoneyException e)
        {
            violations.Add(e.Message);
        }
    }
}
