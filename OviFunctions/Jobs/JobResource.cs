namespace OviFunctions.Jobs;

/// <summary>
/// A job as buyers see it; the field names follow the Daydreams API. No payment payload, no provider URL or request id.
/// Times are unix seconds.
/// </summary>
public sealed record JobResource
{
    public required string Id { get; init; }

    public required string Model { get; init; }

    /// <summary><c>queued</c>, <c>payment_pending</c>, <c>running</c>, <c>succeeded</c>, <c>failed</c> or <c>canceled</c>; the last three are final.</summary>
    public required string Status { get; init; }

    public JobParams? Params { get; init; }

    public string? UserId { get; init; }

    /// <summary>The price in USD.</summary>
    public required decimal EstimateUsd { get; init; }

    /// <summary>What the buyer paid in the end: 0 until it is settled, and without what goes back.</summary>
    public required decimal CostActualUsd { get; init; }

    /// <summary><c>x402</c> or <c>api_key</c>.</summary>
    public required string PaymentMethod { get; init; }

    public PaymentResource? Payment { get; init; }

    /// <summary>The money on its way back; null when none has to go back.</summary>
    public RefundResource? Refund { get; init; }

    public required ProgressResource Progress { get; init; }

    /// <summary>The providers in the order in which they are asked, and when; attempts shows how far it came.</summary>
    public IReadOnlyList<LaneResource> Plan { get; init; } = [];

    public required IReadOnlyList<AttemptResource> Attempts { get; init; }

    public required IReadOnlyList<AssetResource> Assets { get; init; }

    public JobError? Error { get; init; }

    /// <summary>What the buyer should know of the video.</summary>
    public IReadOnlyList<string>? Warnings { get; init; }

    public required long CreatedAt { get; init; }

    public long? StartedAt { get; init; }

    public long? CompletedAt { get; init; }

    /// <summary>Attempts beyond the first.</summary>
    public required int RetryCount { get; init; }

    /// <summary>Where this resource is read.</summary>
    public required Uri StatusUrl { get; init; }

    /// <summary>Where a video is paid for that was made and whose payment failed; else null.</summary>
    public Uri? UnlockUrl { get; init; }

    /// <summary>Id, state and payment only: for a request that no longer shows that it comes from the buyer.</summary>
    public JobResource WithoutDetails() => this with
    {
        Params = null, UserId = null, Plan = [], Attempts = [], Assets = [], Error = null, Warnings = null, Refund = Refund is null ? null : Refund with { Voucher = null },
    };
}

/// <summary>
/// The request with every default filled in, in the field names of its model; an image that came in the request is shown as
/// <c>inline</c>. Left out of webhooks.
/// </summary>
public sealed record JobParams(
    string Prompt, string? ImageUrl, string? Resolution, string? NegativePrompt, string? AudioNegativePrompt, int? NumInferenceSteps, long? Seed, string? WebhookUrl)
{
    /// <summary>Which of the model's variants.</summary>
    public string? Model { get; init; }

    /// <summary><c>WxH</c>.</summary>
    public string? Size { get; init; }

    /// <summary>The length that is made and paid.</summary>
    public int? Seconds { get; init; }

    /// <summary>The image that becomes the first frame.</summary>
    public string? InputReference { get; init; }

    public static JobParams Of(VideoRequest request)
    {
        var image = request.IsTextOnly ? null : request.ImageUrl ?? "inline";
        return request.Variant is null
            ? new JobParams(
                request.Prompt, image, request.Resolution, request.NegativePrompt, request.AudioNegativePrompt, request.Steps, request.Seed, request.WebhookUrl)
            : new JobParams(request.Prompt, null, null, null, null, null, null, request.WebhookUrl)
            {
                Model = request.Variant, Size = request.Resolution, Seconds = request.Seconds, InputReference = image,
            };
    }
}

/// <summary>The money of a job.</summary>
public sealed record PaymentResource
{
    /// <summary>
    /// <c>unused</c>, <c>on_delivery</c>, <c>in_flight</c>, <c>settled</c>, and of what has to go back <c>refund_due</c>, <c>refund_pending</c>,
    /// <c>refunded</c> or <c>refund_blocked</c>.
    /// </summary>
    public required string State { get; init; }

    /// <summary>CAIP-2.</summary>
    public required string Network { get; init; }

    public required string Asset { get; init; }

    /// <summary>Atomic units.</summary>
    public required string Amount { get; init; }

    public required string Payer { get; init; }

    public string? Transaction { get; init; }

    /// <summary>Until when the authorization can be settled.</summary>
    public required long AuthorizationExpiresAt { get; init; }
}

/// <summary>Money on its way back to the payer.</summary>
public sealed record RefundResource
{
    /// <summary><c>due</c>, <c>pending</c> (signed), <c>refunded</c> or <c>blocked</c>.</summary>
    public required string State { get; init; }

    /// <summary>Atomic units.</summary>
    public required string Amount { get; init; }

    /// <summary>The transaction that gave it back.</summary>
    public string? Transaction { get; init; }

    /// <summary>The signed refund, when no facilitator carried it out for some time.</summary>
    public VoucherResource? Voucher { get; init; }
}

/// <summary>
/// A signed <c>transferWithAuthorization</c> (EIP-3009) to the payer: anybody may send it to the asset's contract before it expires.
/// It can be used once.
/// </summary>
public sealed record VoucherResource(string From, string To, string Value, string ValidAfter, string ValidBefore, string Nonce, string Signature);

/// <param name="Stage"><c>preparing</c>, <c>paying</c>, <c>rendering</c> or <c>done</c>.</param>
/// <param name="Percent">Rough, 0 to 100.</param>
public sealed record ProgressResource(string Stage, int Percent);

/// <param name="Start"><c>at_once</c>, <c>after_delay</c> (counted from the start of the one before) or <c>after_failure</c>.</param>
/// <param name="DelaySeconds">Of <c>after_delay</c>.</param>
public sealed record LaneResource(string Provider, string Start, double? DelaySeconds);

public sealed record AttemptResource(int Lane, string Provider, string State, long StartedAt, long? EndedAt, string? Failure);

/// <summary>A file of a finished job.</summary>
public sealed record AssetResource
{
    public required string Id { get; init; }

    /// <summary>Opens without headers until it expires; who has it can see the video.</summary>
    public required Uri Url { get; init; }

    public required string MimeType { get; init; }

    public required long Bytes { get; init; }

    public required string Sha256 { get; init; }

    public required double DurationSeconds { get; init; }

    /// <summary>The size of the file as probed, <c>WxH</c>; not the size that was asked for.</summary>
    public required string Resolution { get; init; }

    public required bool HasAudio { get; init; }

    public required long ExpiresAt { get; init; }

    /// <summary>The seed that made it, as the provider says; sent with the same request it makes the video again.</summary>
    public long? Seed { get; init; }
}

/// <summary>The envelope of every answer with a job.</summary>
public sealed record JobEnvelope(JobResource Job)
{
    /// <summary>Reads and cancels the job; for who ordered it, in the answer to the order and to a sign-in.</summary>
    public string? JobToken { get; init; }

    /// <summary>Signs the job's webhooks; in the first answer to the order, and when it is replaced.</summary>
    public string? WebhookSecret { get; init; }

    /// <summary>What the buyer should know about his request.</summary>
    public IReadOnlyList<string>? Warnings { get; init; }
}
