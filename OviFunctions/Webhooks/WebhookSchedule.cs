using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace OviFunctions.Webhooks;

/// <summary>
/// When a webhook is sent again: the schedule of Standard Webhooks 1.0.0 (ten attempts over three days), with jitter.
/// Pure functions of their arguments, so that an orchestrator that is replayed waits for the same times.
/// </summary>
public static class WebhookSchedule
{
    private const double MaxJitter = 0.2;

    private static readonly TimeSpan[] Delays =
    [
        TimeSpan.Zero,
        TimeSpan.FromSeconds(5),
        TimeSpan.FromMinutes(5),
        TimeSpan.FromMinutes(30),
        TimeSpan.FromHours(2),
        TimeSpan.FromHours(5),
        TimeSpan.FromHours(10),
        TimeSpan.FromHours(14),
        TimeSpan.FromHours(20),
        TimeSpan.FromHours(24),
    ];

    /// <summary>How many attempts are made in all.</summary>
    public static int MaxAttempts => Delays.Length;

    /// <summary>The longest time that a receiver's <c>Retry-After</c> can put an attempt off.</summary>
    public static TimeSpan MaxRetryAfter => Delays[^1];

    /// <summary>How long to wait before an attempt, after the one before it failed.</summary>
    /// <param name="attempt">The attempt, from 1.</param>
    /// <param name="messageId">The message's id, from which the jitter (up to a fifth, only ever later) comes.</param>
    /// <param name="retryAfter">What the receiver asked for in its last answer; it can put an attempt off, never bring it forward.</param>
    /// <returns>The time to wait; null when there is no such attempt any more.</returns>
    public static TimeSpan? DelayBefore(int attempt, string messageId, TimeSpan? retryAfter = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(attempt, 1);
        if (attempt > Delays.Length) return null;
        var delay = Delays[attempt - 1];
        delay += delay * (MaxJitter * Fraction(messageId, attempt));
        if (retryAfter > MaxRetryAfter) retryAfter = MaxRetryAfter;
        return retryAfter > delay ? retryAfter : delay;
    }

    private static double Fraction(string messageId, int attempt)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{messageId}#{attempt}")));
        return BinaryPrimitives.ReadUInt32BigEndian(hash) / (double)uint.MaxValue;
    }
}
