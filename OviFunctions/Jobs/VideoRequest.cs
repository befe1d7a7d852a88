using System.Text.Json.Serialization;

namespace OviFunctions.Jobs;

/// <summary>A buyer's request after validation, with every default filled in. The image itself is not in it.</summary>
public sealed record VideoRequest
{
    /// <summary>What the video should show and say; 1 to 4,000 characters. Never logged.</summary>
    public required string Prompt { get; init; }

    /// <summary>Whether there is no image: the prompt is all.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool IsTextOnly { get; init; }

    /// <summary>The image's address, when it was given as one; null when the image came in the request, or there is none.</summary>
    public string? ImageUrl { get; init; }

    /// <summary>The size asked for, as <c>WxH</c>.</summary>
    public required string Resolution { get; init; }

    /// <summary>What the picture should not show.</summary>
    public required string NegativePrompt { get; init; }

    /// <summary>What the sound should not have.</summary>
    public required string AudioNegativePrompt { get; init; }

    /// <summary>Inference steps, 1 to 50; 0 for a model that has none, and then it has no negative prompts and no seed either.</summary>
    public required int Steps { get; init; }

    /// <summary>The buyer's seed, or one of ours, so that every attempt makes the same video.</summary>
    public required long Seed { get; init; }

    /// <summary>The length in seconds; null for a model of which all clips are equally long.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Seconds { get; init; }

    /// <summary>Which of the model's variants, for example <c>sora-2-pro</c>; null for a model without.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Variant { get; init; }

    /// <summary>The size that the image must have exactly, <c>WxH</c>; null where any will do, or there is none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? ImageSize { get; init; }

    /// <summary>The buyer's own name for his user.</summary>
    public string? User { get; init; }

    /// <summary>Where the buyer wants to be told; never given to a provider.</summary>
    public string? WebhookUrl { get; init; }

    /// <summary>Options for fal, limited to the allowed keys.</summary>
    public IReadOnlyDictionary<string, string> FalOptions { get; init; } = new Dictionary<string, string>();
}

/// <summary>One thing that is wrong with a request.</summary>
/// <param name="Where">JSON pointer (RFC 6901) to the value.</param>
/// <param name="Code">Stable code.</param>
/// <param name="Detail">What is wrong and what would be right.</param>
public sealed record FieldProblem([property: JsonPropertyName("pointer")] string Where, string Code, string Detail);
