using OviFunctions.Jobs;

namespace OviFunctions.Configuration;

/// <summary>Whose payments are settled only when the video is there.</summary>
public sealed class OnDeliverySettings : ISettingRules
{
    [Setting("Whether payments of proven payers are settled only when the video is there, instead of before a provider is asked.")]
    public bool Enabled { get; set; }

    [Setting("How many videos a wallet must have paid for and got.", Min = 1, Max = 100)]
    public int MinSettledJobs { get; set; } = 5;

    [Setting("How many days ago that must be at least.", Min = 0, Max = 365)]
    public int MinAgeDays { get; set; } = 7;

    [Setting("The most that one wallet may owe at a time, in USDC; what is beyond it is settled first.", Min = 0.000001, Max = 1_000_000)]
    public decimal PayerExposureUsdc { get; set; } = 1;

    [Setting("The most that all wallets together may owe at a time, in USDC.", Min = 0.000001, Max = 1_000_000)]
    public decimal TotalExposureUsdc { get; set; } = 20;

    /// <summary>How much longer than its job's deadline an authorization has to live, so that it can still be settled.</summary>
    internal const int SettleSeconds = 300;

    /// <summary>How long a video that is not settled yet waits for a machine that is busy, before it is delivered unfinished.</summary>
    internal const int FinishWaitSeconds = 30;

    /// <summary>What a buyer may take from the quote to the order.</summary>
    internal const int OrderSeconds = 60;

    IEnumerable<SettingProblem> ISettingRules.Check(string path)
    {
        foreach (var (name, value) in new[] { (nameof(PayerExposureUsdc), PayerExposureUsdc), (nameof(TotalExposureUsdc), TotalExposureUsdc) })
        {
            if (Usdc.WhyTooPrecise(path + name, value) is { } problem) yield return problem;
        }

        if (PayerExposureUsdc > TotalExposureUsdc)
            yield return new(path + "PayerExposureUsdc", $"{PayerExposureUsdc} is more than TotalExposureUsdc ({TotalExposureUsdc}), which is for all wallets together.");
    }
}
