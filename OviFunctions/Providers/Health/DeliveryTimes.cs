namespace OviFunctions.Providers.Health;

/// <summary>How long deliveries took.</summary>
/// <param name="P50">Seconds that half of them took at most.</param>
/// <param name="P95">Seconds that 95 of 100 took at most.</param>
/// <param name="Measured">How many there were.</param>
public sealed record DeliveryTimes(double P50, double P95, int Measured)
{
    /// <summary>Fewer say nothing.</summary>
    private const int Fewest = 5;

    /// <summary>From the attempts of one account, or of all together; null when too few of them delivered.</summary>
    public static DeliveryTimes? Of(IEnumerable<AttemptSample> attempts)
    {
        double[] seconds = [.. attempts.Where(attempt => attempt.Delivered).Select(attempt => attempt.Seconds).Order()];
        return seconds.Length < Fewest ? null : new DeliveryTimes(Rank(0.50), Rank(0.95), seconds.Length);

        // By the nearest rank.
        double Rank(double share) => Math.Round(seconds[(int)Math.Ceiling(share * seconds.Length) - 1], 1);
    }
}
