using System.Text.Json;

namespace OviFunctions.DevStack.Simulators;

/// <summary>What a caller wants, read from the body of a submit.</summary>
/// <param name="Body">All of it.</param>
internal sealed record JobInput(JsonElement Body)
{
    public string? Prompt => Text("prompt");

    /// <summary>The URL or data URL of the image; null when the job has none, or has its bytes.</summary>
    public string? ImageUrl { get; init; }

    /// <summary>The image that came with the submit.</summary>
    public ReadOnlyMemory<byte>? Image { get; init; }

    /// <summary>What is wrong with an image that has to be downloaded first.</summary>
    public Func<ReadOnlyMemory<byte>, InputProblem?>? CheckImage { get; init; }

    /// <summary>The video's size and length.</summary>
    public ClipShape Shape { get; init; } = ClipShape.LikeTheImage;

    /// <summary>What is wrong with it; null when nothing is.</summary>
    public InputProblem? Problem { get; init; }

    public long? Seed => Body.TryGetProperty("seed", out var seed) && seed.ValueKind == JsonValueKind.Number && seed.TryGetInt64(out var number) ? number : null;

    /// <summary>A member that is a string; null otherwise.</summary>
    public string? Text(string member) =>
        Body.TryGetProperty(member, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    /// <summary>The first of these members that is missing or no string, as a problem.</summary>
    public InputProblem? FindMissing(params ReadOnlySpan<string> members)
    {
        foreach (var member in members)
        {
            if (!Body.TryGetProperty(member, out var value)) return new InputProblem(member, InputProblem.Missing, "Field required");
            if (value.ValueKind != JsonValueKind.String) return new InputProblem(member, "string_type", "Input should be a valid string");
        }

        return null;
    }

    /// <summary>The input in a body; null when the body is no JSON object.</summary>
    public static async Task<JobInput?> ReadAsync(Stream body, CancellationToken cancellationToken)
    {
        try
        {
            using var document = await JsonDocument.ParseAsync(body, cancellationToken: cancellationToken);
            return document.RootElement.ValueKind == JsonValueKind.Object ? new JobInput(document.RootElement.Clone()) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

/// <summary>Why an input is refused.</summary>
/// <param name="Field">The member.</param>
/// <param name="Type">The kind of problem, in fal's words (docs.fal.ai/errors).</param>
/// <param name="Message">For people.</param>
internal sealed record InputProblem(string Field, string Type, string Message)
{
    public const string Missing = "missing";
}
