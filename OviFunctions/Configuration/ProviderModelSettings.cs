using OviFunctions.Jobs;

namespace OviFunctions.Configuration;

/// <summary>What a server of the OpenAI Videos protocol makes of one of our variants.</summary>
public sealed class ProviderModelSettings : ISettingRules
{
    [Setting("Our variant: sora-2 or sora-2-pro.", Required = true, Example = "sora-2")]
    public string Model { get; set; } = "";

    [Setting("The server's name of it; Model when not set.", Example = "wan-ai/wan-2.6-t2v")]
    public string? Name { get; set; }

    [Setting("The size for which this holds; every size of the variant when not set.", Example = "1280x720")]
    public string? Size { get; set; }

    [Setting("The longest video in seconds that the server makes.", Min = 4, Max = 20)]
    public int MaxSeconds { get; set; } = 20;

    [Setting("What one second costs there, in dollars; what OpenAI had published when not set.", Min = 0, Max = 100)]
    public decimal? CostUsdPerSecond { get; set; }

    IEnumerable<SettingProblem> ISettingRules.Check(string path)
    {
        if (!Sora2.Variants.Contains(Model))
            yield return new(path + nameof(Model), $"\"{Model}\" is not one of {string.Join(", ", Sora2.Variants)}.");
        else if (Size is not null && Sora2Size.Of(Model).All(size => $"{size}" != Size))
            yield return new(path + nameof(Size), $"\"{Size}\" is not a size of {Model}: {string.Join(", ", Sora2Size.Of(Model))}.");
    }
}
