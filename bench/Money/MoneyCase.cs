using System.Collections.Immutable;

namespace OviFunctions.Bench.Money;

/// <summary>Between whom something goes wrong.</summary>
internal enum Place
{
    GatewayFacilitator,
    FacilitatorChain,
    GatewayNode,
}

/// <summary>What goes wrong.</summary>
internal enum MoneyFault
{
    /// <summary>It takes longer than the caller waits, or nearly so.</summary>
    Delay,

    /// <summary>The connection is cut before the other side has seen the request.</summary>
    DropBefore,

    /// <summary>The connection is cut after the other side has acted.</summary>
    DropAfter,

    /// <summary>HTTP 500.</summary>
    Error500,

    /// <summary>HTTP 200 with something that is no answer.</summary>
    WrongBody,

    /// <summary>An answer with a hash that belongs to something else.</summary>
    WrongHash,

    /// <summary>The opposite of the truth.</summary>
    Lie,
}

/// <summary>What the exchange is for.</summary>
internal enum Operation
{
    Verify,
    Settle,
    Refund,
}

/// <summary>Whether the money has moved when it goes wrong.</summary>
internal enum Moment
{
    Before,
    After,
}

/// <summary>One order and what goes wrong with it.</summary>
internal sealed record MoneyCase(Place Place, MoneyFault Fault, Operation Operation, Moment Moment)
{
    /// <summary>Each combination.</summary>
    public static ImmutableArray<MoneyCase> All { get; } =
    [
        .. from place in Enum.GetValues<Place>()
           from fault in Enum.GetValues<MoneyFault>()
           from operation in Enum.GetValues<Operation>()
           from moment in Enum.GetValues<Moment>()
           select new MoneyCase(place, fault, operation, moment),
    ];

    /// <summary>So many cases: all of them in a random order, then again in another.</summary>
    public static IReadOnlyList<MoneyCase> Sample(int count, Dice dice)
    {
        var sample = new List<MoneyCase>(count);
        while (sample.Count < count)
        {
            var left = All.ToList();
            for (; left.Count > 0 && sample.Count < count; left.RemoveAt(left.Count - 1))
            {
                var picked = dice.Roll(0, left.Count - 1);
                (left[picked], left[^1]) = (left[^1], left[picked]);
                sample.Add(left[^1]);
            }
        }

        return sample;
    }

    public override string ToString() => $"{Place}, {Operation}, {Fault} {(Moment == Moment.Before ? "before" : "after")} the money moved";
}
