using OviFunctions.Webhooks;

namespace OviFunctions.DevStack.Receiver;

/// <summary>A delivery that came to a <see cref="WebhookReceiver"/>.</summary>
/// <param name="Id">The header <c>webhook-id</c>.</param>
/// <param name="Path">The path it came to.</param>
/// <param name="Verification">Whether one of the receiver's secrets signed it.</param>
/// <param name="Headers">All headers, names in lower case.</param>
/// <param name="Body">The raw body.</param>
/// <param name="Answered">The status that it was answered with.</param>
public sealed record ReceivedWebhook(
    string? Id,
    string Path,
    WebhookVerification Verification,
    IReadOnlyDictionary<string, string> Headers,
    ReadOnlyMemory<byte> Body,
    int Answered)
{
    public bool IsValid => Verification == WebhookVerification.Valid;
}

/// <summary>How a <see cref="WebhookReceiver"/> answers.</summary>
/// <param name="Status">The status.</param>
/// <param name="Headers">Headers of the answer.</param>
/// <param name="Body">The answer's text.</param>
/// <param name="Hang">Whether it never answers.</param>
public sealed record ReceiverAnswer(int Status, IReadOnlyDictionary<string, string>? Headers = null, string? Body = null, bool Hang = false)
{
    public static ReceiverAnswer Ok { get; } = new(200);

    public static ReceiverAnswer Failure { get; } = new(500);

    public static ReceiverAnswer Gone { get; } = new(410);

    public static ReceiverAnswer Silence { get; } = new(200, Hang: true);

    /// <summary>A redirect, which no sender may follow.</summary>
    public static ReceiverAnswer RedirectTo(Uri target) => new(307, new Dictionary<string, string> { ["Location"] = target.AbsoluteUri });

    /// <summary>Busy; asks to come back after some seconds.</summary>
    public static ReceiverAnswer BusyFor(int seconds) => new(503, new Dictionary<string, string> { ["Retry-After"] = $"{seconds}" });
}
