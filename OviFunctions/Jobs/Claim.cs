using System.Text.Json.Serialization;

namespace OviFunctions.Jobs;

/// <summary>
/// The record that a job id is taken: written once, before the job's orchestration starts, and kept past its purge, so
/// that a payment never outlives our memory of it. It has all that is needed to start the orchestration again.
/// </summary>
public sealed record Claim
{
    public required VideoJobInput Input { get; init; }

    /// <summary>Whether an image came in the request; it is stored after the claim and before the start.</summary>
    public required bool InlineImage { get; init; }

    /// <summary>The ids of a batch's items whose images came in the request; null when it has none, and when one video was ordered.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? InlineItems { get; init; }

    /// <summary>The ids under which the images are stored that came in the request.</summary>
    [JsonIgnore]
    public IEnumerable<string> InlineImages => InlineItems ?? (InlineImage ? [Input.JobId] : []);

    /// <summary>Hashes of the request's aliases (Idempotency-Key, payment-identifier), each bound to the payer.</summary>
    public IReadOnlyList<string> Aliases { get; init; } = [];

    /// <summary>The job that an alias already belonged to; this claim's payment is never settled then.</summary>
    public string? SupersededBy { get; init; }
}

/// <summary>The job that an alias belongs to.</summary>
public sealed record AliasRecord(string JobId);
