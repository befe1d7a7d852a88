using OviFunctions.Jobs;
using OviFunctions.Providers.OpenAiVideos;

namespace OviFunctions.Configuration;

/// <summary>
/// What a second of Sora 2 costs, in USDC. The defaults are at least twice what OpenAI asked, so that a second attempt can be paid
/// when a first one was billed and delivered nothing; 4 seconds of sora-2 are the 1.05 USDC of the Daydreams listing.
/// </summary>
public sealed class Sora2PriceSettings : ISettingRules
{
    [Setting("Price of one second of sora-2 in USDC; at most six decimals. A request without a length has 4 seconds.", Min = 0.000001, Max = 1000, Example = "0.2625")]
    public decimal PerSecond { get; set; } = 0.2625m;

    [Setting("Price of one second of sora-2-pro in 720p in USDC; at most six decimals.", Min = 0.000001, Max = 1000, Example = "0.63")]
    public decimal ProPerSecond { get; set; } = 0.63m;

    [Setting("Price of one second of sora-2-pro in 1024x1792 or 1792x1024 in USDC; at most six decimals.", Min = 0.000001, Max = 1000, Example = "1.05")]
    public decimal Pro1024PerSecond { get; set; } = 1.05m;

    [Setting("Price of one second of sora-2-pro in 1080p in USDC; at most six decimals.", Min = 0.000001, Max = 1000, Example = "1.47")]
    public decimal Pro1080PerSecond { get; set; } = 1.47m;

    internal decimal PerSecondOf(string variant, Sora2Size size) => Of(variant, size).Price;

    IEnumerable<SettingProblem> ISettingRules.Check(string path) =>
        from price in Combinations.Select(c => Of(c.Variant, c.Size)).Distinct()
        select Usdc.WhyTooPrecise(path + price.Key, price.Price) into problem
        where problem is not null
        select problem;

    /// <summary>A price below what an account costs would be a loss with every sale.</summary>
    /// <param name="path">The group's key with a trailing colon.</param>
    /// <param name="providers">The accounts.</param>
    internal IEnumerable<SettingProblem> CheckCosts(string path, IEnumerable<ProviderSettings> providers)
    {
        foreach (var account in providers.Where(p => p.Type == ProviderType.OpenAiVideos))
        {
            var models = OpenAiVideosModels.Of(account);
            foreach (var (variant, size) in Combinations)
            {
                var (key, price) = Of(variant, size);
                if (models.Find(variant, $"{size}") is { } model && model.CostUsdPerSecond > price)
                    yield return new(path + key, FormattableString.Invariant($"{price} is less than what a second of {variant} in {size} costs at \"{account.Name}\" ({model.CostUsdPerSecond} dollars); it should be more."));
            }
        }
    }

    private static IEnumerable<(string Variant, Sora2Size Size)> Combinations =>
        from variant in Sora2.Variants
        from size in Sora2Size.Of(variant)
        select (variant, size);

    private (string Key, decimal Price) Of(string variant, Sora2Size size) => (variant, size.Tier) switch
    {
        (Sora2.Pro, Sora2Tier.P1080) => (nameof(Pro1080PerSecond), Pro1080PerSecond),
        (Sora2.Pro, Sora2Tier.P1024) => (nameof(Pro1024PerSecond), Pro1024PerSecond),
        (Sora2.Pro, _) => (nameof(ProPerSecond), ProPerSecond),
        _ => (nameof(PerSecond), PerSecond),
    };
}
