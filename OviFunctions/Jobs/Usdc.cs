using OviFunctions.Configuration;

namespace OviFunctions.Jobs;

/// <summary>Amounts of USDC, which has six decimals.</summary>
internal static class Usdc
{
    private const decimal AtomicPerUnit = 1_000_000m;

    /// <summary>Atomic units of an amount that has at most six decimals.</summary>
    public static long ToAtomic(decimal amount)
    {
        var atomic = amount * AtomicPerUnit;
        return decimal.Truncate(atomic) == atomic
            ? (long)atomic
            : throw new ArgumentException($"{amount} has more than the six decimals of USDC.", nameof(amount));
    }

    /// <summary>Whether an amount of a setting has at most six decimals; otherwise what is wrong with it.</summary>
    public static SettingProblem? WhyTooPrecise(string key, decimal amount) => decimal.Round(amount, 6) == amount
        ? null
        : new(key, $"{amount} has more than the six decimals of USDC.");

    public static decimal FromAtomic(long atomic) => atomic / AtomicPerUnit;
}
