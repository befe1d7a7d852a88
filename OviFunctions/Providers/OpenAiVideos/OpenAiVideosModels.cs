using OviFunctions.Configuration;
using OviFunctions.Jobs;

namespace OviFunctions.Providers.OpenAiVideos;

/// <summary>One line of an account's model map.</summary>
/// <param name="Variant">Our variant, for example <c>sora-2-pro</c>.</param>
/// <param name="Name">The server's name of it.</param>
/// <param name="Size">The size for which the line holds, <c>WxH</c>; null for every size of the variant.</param>
/// <param name="MaxSeconds">The longest video that the server makes.</param>
/// <param name="CostUsdPerSecond">What a second costs; null for the price that OpenAI had published.</param>
internal sealed record OpenAiVideosModel(string Variant, string Name, string? Size = null, int MaxSeconds = 20, decimal? CostUsdPerSecond = null);

/// <summary>What an account makes of our variants, and what that costs there.</summary>
internal sealed class OpenAiVideosModels(IReadOnlyList<OpenAiVideosModel> lines)
{
    /// <summary>Both variants under their own names: what OpenAI had.</summary>
    private static readonly OpenAiVideosModel[] Published = [.. Sora2.Variants.Select(variant => new OpenAiVideosModel(variant, variant))];

    public static OpenAiVideosModels Of(ProviderSettings account) => new(account.Models.Count == 0
        ? Published
        : [.. account.Models.Select(m => new OpenAiVideosModel(m.Model, m.Name ?? m.Model, m.Size, m.MaxSeconds, m.CostUsdPerSecond))]);

    public bool Has(string variant) => lines.Any(line => line.Variant == variant);

    /// <summary>The first line that holds for a variant and size, with its cost; null when there is none.</summary>
    public OpenAiVideosModel? Find(string variant, string size) =>
        lines.FirstOrDefault(line => line.Variant == variant && (line.Size is null || line.Size == size)) is { } line
            ? line with { CostUsdPerSecond = line.CostUsdPerSecond ?? PublishedUsdPerSecond(variant, size) }
            : null;

    // OpenAI's price list until the shutdown.
    private static decimal PublishedUsdPerSecond(string variant, string size) => (variant, Sora2Size.Find(size)?.Tier) switch
    {
        (Sora2.Pro, Sora2Tier.P1080) => 0.70m,
        (Sora2.Pro, Sora2Tier.P1024) => 0.50m,
        (Sora2.Pro, _) => 0.30m,
        _ => 0.10m,
    };
}
