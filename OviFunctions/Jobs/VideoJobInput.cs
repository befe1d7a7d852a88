using System.Text.Json.Serialization;
using OviFunctions.Payments.Evm;
using OviFunctions.Payments.X402;

namespace OviFunctions.Jobs;

/// <summary>Everything a job's orchestration knows; under 20 KB, never image bytes. Settings are a snapshot.</summary>
public sealed record VideoJobInput
{
    public required string JobId { get; init; }

    /// <summary>The server key of the job's tokens and links.</summary>
    public required string KeyId { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>The model, for example <c>ovi/image-to-video</c>.</summary>
    public required string Model { get; init; }

    public required VideoRequest Request { get; init; }

    /// <summary>The price in the asset's smallest unit (USDC: a millionth).</summary>
    public required long PriceAtomic { get; init; }

    /// <summary>Hash of method, route and body; an identical request has the same.</summary>
    public required string Fingerprint { get; init; }

    /// <summary>The x402 payment; null when an API key pays.</summary>
    public JobPayment? Payment { get; init; }

    /// <summary>The API key's id; null when x402 pays.</summary>
    public string? ApiKeyId { get; init; }

    public required JobPlan Plan { get; init; }

    /// <summary>The job whose video this one pays for and releases; null when it makes a video of its own.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Unlocks { get; init; }
}

/// <summary>The signed authorization that pays for a job, and the chain's head when it was claimed.</summary>
/// <param name="Version">The protocol version in which the buyer paid.</param>
/// <param name="PayTo">The payee that was quoted.</param>
/// <param name="Authorization">The authorization and its signature.</param>
/// <param name="ContentHash">SHA-256 of the signed content; an identical payment has the same.</param>
/// <param name="MaxTimeoutSeconds">How long the quote allowed an authorization to live.</param>
/// <param name="ClaimBlock">The block after which the transfer must lie.</param>
public sealed record JobPayment(
    [property: JsonConverter(typeof(JsonStringEnumConverter<X402Version>))] X402Version Version,
    EvmNetwork Network,
    EvmAddress PayTo,
    SignedAuthorization Authorization,
    string ContentHash,
    int MaxTimeoutSeconds,
    ulong ClaimBlock)
{
    /// <summary>The facilitator that called it valid, and is the first one that is asked to settle it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? VerifiedBy { get; init; }
}

/// <summary>How a job is carried out: the lanes in order, and the pace.</summary>
public sealed record JobPlan
{
    public required IReadOnlyList<LanePlan> Lanes { get; init; }

    /// <summary>What all submits of the job together may cost, in dollars; null for no limit.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public decimal? CostCapUsd { get; init; }

    public required int DeadlineSeconds { get; init; }

    public required double FirstPollSeconds { get; init; }

    public required double MaxPollSeconds { get; init; }

    public required int AmbiguousSubmitWaitSeconds { get; init; }

    public required int LinkDays { get; init; }

    /// <summary>What goes back of the price in the cases in which it is not all of it; null for all of it.</summary>
    public RefundPercents? Refunds { get; init; }

    /// <summary>Whether the payment is settled when the video is stored, instead of before a provider is asked.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool SettleOnDelivery { get; init; }
}

/// <summary>Percentages of the price that go back, by the reason for which there is no video.</summary>
public sealed record RefundPercents(int InvalidInput, int ContentPolicy);

/// <summary>One attempt at one provider account, and when it begins.</summary>
public sealed record LanePlan(
    string Provider,
    [property: JsonConverter(typeof(JsonStringEnumConverter<LaneStart>))] LaneStart Start,
    double DelaySeconds)
{
    /// <summary>What an attempt there costs us when the provider takes the job, in dollars.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public decimal CostUsd { get; init; }

    /// <summary>Whether no callback can bring back a job there whose submit had lost its answer.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool IsSilent { get; init; }

    /// <summary>How many jobs may be at the account at once; null for no limit.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? MaxConcurrent { get; init; }
}
