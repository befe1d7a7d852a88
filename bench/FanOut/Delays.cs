using System.Globalization;

namespace OviFunctions.Bench.FanOut;

/// <summary>How long something was waited for, again and again.</summary>
internal sealed class Delays
{
    private readonly List<double> _milliseconds = [];

    public int Count => _milliseconds.Count;

    public void Add(TimeSpan delay) => _milliseconds.Add(delay.TotalMilliseconds);

    /// <summary>The shortest delay, in milliseconds, that at least so many percent do not exceed (nearest rank).</summary>
    public double Percentile(int percent) => _milliseconds.Order().ElementAt((((Count * percent) + 99) / 100) - 1);

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"p50 {Percentile(50),6:F1} ms, p99 {Percentile(99),6:F1} ms, max {Percentile(100),6:F1} ms of {Count}");
}
