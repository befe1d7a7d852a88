namespace OviFunctions.Webhooks;

/// <summary>One webhook, the same in all its attempts.</summary>
/// <param name="Id">The message's id: the receiver's idempotency key.</param>
/// <param name="Url">Where it goes. Not logged: the buyer may have put a secret into it.</param>
/// <param name="Body">The JSON <c>{type, timestamp, data}</c>, at most <see cref="MaxBodyBytes"/> bytes.</param>
/// <param name="Secrets">The current secret, and the previous one while it is replaced.</param>
public sealed record WebhookMessage(string Id, Uri Url, ReadOnlyMemory<byte> Body, IReadOnlyList<WebhookSecret> Secrets)
{
    /// <summary>The specification asks for payloads under 20 kB.</summary>
    public const int MaxBodyBytes = 20_000;
}

/// <summary>How one attempt to deliver a webhook ended.</summary>
public abstract record WebhookOutcome
{
    private WebhookOutcome() { }

    /// <summary>The receiver answered with a 2xx.</summary>
    public sealed record Delivered(int Status) : WebhookOutcome;

    /// <summary>It was not delivered; try again as <see cref="WebhookSchedule"/> says.</summary>
    /// <param name="Status">The receiver's answer; null when there was none.</param>
    /// <param name="Reason">What happened, in our words: it may be shown to the buyer.</param>
    /// <param name="RetryAfter">What the receiver asked for, not yet capped.</param>
    public sealed record Retry(int? Status, string Reason, TimeSpan? RetryAfter = null) : WebhookOutcome;

    /// <summary>The receiver wants no further attempt.</summary>
    public sealed record Gone(int Status, string Reason) : WebhookOutcome;
}
