using System.Text.Json;

namespace OviFunctions.Bench.Chaos;

/// <summary>An instance to run.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Name">The orchestrator.</param>
/// <param name="Input">As JSON.</param>
/// <param name="Calls">The activities that it calls, beside those that depend on what it is sent and when.</param>
internal sealed record ChaosJob(string Id, string Name, string Input, IReadOnlyList<string> Calls)
{
    /// <summary>How many events it gets from the client.</summary>
    public int Items { get; private init; }

    /// <summary>The instance that sends it events too.</summary>
    public ChaosJob? Sender { get; private init; }

    /// <summary>How many events it sends.</summary>
    public int Sends { get; private init; }

    /// <summary>The same for the same seed and number.</summary>
    public static ChaosJob Roll(ulong seed, int number)
    {
        var dice = new Dice(seed + (ulong)number);
        return dice.Roll(0, 5) switch
        {
            0 => Sequence($"sequence-{number}", dice.Roll(2, 6)),
            1 => FanOut($"fan-out-{number}", dice.Roll(2, 12)),
            2 => Nest($"nest-{number}", dice.Roll(2, 4)),
            3 => Create($"retry-{number}", nameof(ChaosFunctions.Retry), dice.Roll(1, 3)),
            4 => Rounds($"rounds-{number}", dice.Roll(2, 6)),
            _ => Collect($"collect-{number}", dice.Roll(2, 6), dice.Roll(1, 6)),
        };
    }

    private static ChaosJob Sequence(string id, int steps) => Create(id, nameof(ChaosFunctions.Sequence), steps);

    private static ChaosJob FanOut(string id, int width)
    {
        var job = Create(id, nameof(ChaosFunctions.FanOut), width);
        return job with { Calls = [.. job.Calls, $"{id}/join"] };
    }

    private static ChaosJob Nest(string id, int children)
    {
        var calls = Enumerable.Range(0, children)
            .SelectMany(child => (child % 2 == 0 ? Sequence($"{id}-{child}", 2) : FanOut($"{id}-{child}", 2)).Calls);
        return new(id, nameof(ChaosFunctions.Nest), Text(children), [.. calls, $"{id}/join"]);
    }

    private static ChaosJob Rounds(string id, int rounds) =>
        Create(id, nameof(ChaosFunctions.Rounds), rounds) with { Input = Text(new ChaosFunctions.Round(rounds, [])) };

    private static ChaosJob Collect(string id, int items, int sent)
    {
        var sender = new ChaosJob(
            $"{id}-sender", nameof(ChaosFunctions.Send), Text(new ChaosFunctions.Sending(id, sent)),
            [.. Enumerable.Range(0, sent).Where(item => item % 2 == 0).Select(item => $"{id}-sender/{item}")]) { Sends = sent };
        return new(id, nameof(ChaosFunctions.Collect), Text(new ChaosFunctions.Collected([], 0)), []) { Items = items, Sender = sender };
    }

    private static ChaosJob Create(string id, string name, int steps) =>
        new(id, name, Text(steps), [.. Enumerable.Range(0, steps).Select(step => $"{id}/{step}")]);

    private static string Text<T>(T input) => JsonSerializer.Serialize(input, ChaosFunctions.Json);
}
