using System.Net;
using OviFunctions.Http.Egress;

namespace OviFunctions.Configuration;

/// <summary>All settings of the gateway. README.md has the same list.</summary>
public sealed class OviSettings : ISettingRules
{
    [Setting("Where buyers and providers reach this gateway; scheme and host, no path.", Required = true, Example = "https://video.example.com")]
    public Uri PublicBaseUrl { get; set; } = null!;

    public SellerSettings Seller { get; set; } = new();

    [Setting("Connection string of the host's own storage; used when Storage has none.", Secret = true, Example = "UseDevelopmentStorage=true")]
    public string? AzureWebJobsStorage { get; set; }

    public StorageSettings Storage { get; set; } = new();

    public SecretsSettings Secrets { get; set; } = new();

    [Setting("API keys that may order without x402.")]
    public List<ApiKeySettings> ApiKeys { get; set; } = [];

    public PaymentSettings Payments { get; set; } = new();

    public RefundSettings Refunds { get; set; } = new();

    public OnDeliverySettings OnDelivery { get; set; } = new();

    public LimitSettings Limits { get; set; } = new();

    public OperatorSettings Operator { get; set; } = new();

    public PriceSettings Prices { get; set; } = new();

    [Setting("The providers; of equally good ones a job goes to the first one first.", Required = true, Example = "Providers:0:Name = fal")]
    public List<ProviderSettings> Providers { get; set; } = [];

    public RoutingSettings Routing { get; set; } = new();

    public JobSettings Jobs { get; set; } = new();

    public MediaSettings Media { get; set; } = new();

    public EgressSettings Egress { get; set; } = new();

    IEnumerable<SettingProblem> ISettingRules.Check(string path)
    {
        foreach (var problem in CheckPublicBaseUrl()) yield return problem;
        foreach (var problem in Storage.CheckConnection(AzureWebJobsStorage)) yield return problem;
        if (!Payments.Enabled && ApiKeys.Count == 0)
            yield return new("ApiKeys:0:Id", "is missing while Payments:Enabled is false: nobody could buy. Add an API key or enable payments.");
        if (Payments.Enabled && Refunds.Wallets.Count == 0)
            yield return new("Refunds:Wallets:0:PrivateKey", "is missing while Payments:Enabled is true: money that has to go back is paid from this wallet. It should be the private key of a wallet of its own that holds some USDC.");
        foreach (var problem in CheckOnDelivery()) yield return problem;
        foreach (var problem in Prices.Sora2.CheckCosts("Prices:Sora2:", Providers)) yield return problem;
        foreach (var problem in SecretRules.Check(this)) yield return problem;
        foreach (var name in Repeated(Providers, p => p.Name))
            yield return new("Providers", $"the name \"{name}\" stands twice; every account needs a name of its own.");
        foreach (var id in Repeated(ApiKeys, k => k.Id))
            yield return new("ApiKeys", $"the id \"{id}\" stands twice; every key needs an id of its own.");
        if (Repeated(ApiKeys, k => k.Sha256.ToLowerInvariant()).Any())
            yield return new("ApiKeys", "one hash stands twice; two buyers with the same key cannot be told apart.");
    }

    private IEnumerable<SettingProblem> CheckOnDelivery()
    {
        var needed = (Jobs.DeadlineMinutes * 60) + FinishSeconds + OnDeliverySettings.SettleSeconds + OnDeliverySettings.OrderSeconds;
        if (OnDelivery.Enabled && Payments.Enabled && Payments.MaxTimeoutSeconds < needed)
            yield return new("Payments:MaxTimeoutSeconds", $"{Payments.MaxTimeoutSeconds} is too short while OnDelivery:Enabled is true: authorizations would end before their jobs do. It should be at least {needed} with Jobs:DeadlineMinutes = {Jobs.DeadlineMinutes}.");
    }

    /// <summary>How long finishing a video with ffmpeg may keep it from being settled: the wait for a process, and the time of two.</summary>
    internal int FinishSeconds => Media.UseFfmpeg ? OnDeliverySettings.FinishWaitSeconds + (2 * Media.TimeoutSeconds) : 0;

    private IEnumerable<SettingProblem> CheckPublicBaseUrl()
    {
        if (PublicBaseUrl is null) yield break;
        if (PublicBaseUrl.AbsolutePath != "/" || PublicBaseUrl.Query.Length > 0 || PublicBaseUrl.Fragment.Length > 0 || PublicBaseUrl.UserInfo.Length > 0)
            yield return new("PublicBaseUrl", $"has more than scheme and host; it should be, for example, {PublicBaseUrl.Scheme}://{PublicBaseUrl.Authority}.");
        if (PublicBaseUrl.Scheme == Uri.UriSchemeHttp && !IsLoopback)
            yield return new("PublicBaseUrl", $"\"{PublicBaseUrl}\" is plain http; outside loopback it should be https, because job tokens and payments travel over it.");
    }

    private static IEnumerable<string> Repeated<T>(List<T> entries, Func<T, string> name) =>
        entries.Select(name).Where(n => n.Length > 0).GroupBy(n => n).Where(g => g.Count() > 1).Select(g => g.Key);

    /// <summary>Whether this gateway runs for its own machine only (development and tests).</summary>
    internal bool IsLoopback => IsLoopbackHost(PublicBaseUrl);

    internal static bool IsLoopbackHost(Uri url) =>
        url.IsLoopback || (IPAddress.TryParse(url.Host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));
}

/// <summary>Who sells.</summary>
public sealed class SellerSettings : ISettingRules
{
    [Setting("The service's name in quotes; printable ASCII, at most 32 characters.")]
    public string ServiceName { get; set; } = "OviFunctions";

    [Setting("The seller's name on receipts; Seller:ServiceName when not set.")]
    public string? LegalName { get; set; }

    [Setting("The seller's postal address on receipts.")]
    public string? Address { get; set; }

    [Setting("The seller's tax number on receipts.")]
    public string? TaxId { get; set; }

    [Setting("The tax in the prices in percent, shown on receipts; nothing is shown when not set.", Min = 0, Max = 100)]
    public decimal? TaxRatePercent { get; set; }

    [Setting("A sentence about tax on receipts, as why there is none.")]
    public string? TaxNote { get; set; }

    [Setting("Where the terms of sale are; the gateway's own page /v1/terms when not set.", Example = "https://example.com/terms")]
    public Uri? TermsUrl { get; set; }

    IEnumerable<SettingProblem> ISettingRules.Check(string path)
    {
        if (ServiceName.Length > 32 || !ServiceName.All(c => c is >= ' ' and <= '~'))
            yield return new(path + "ServiceName", $"\"{ServiceName}\" is not at most 32 characters of printable ASCII, which is all that indexes show.");
    }
}

/// <summary>What a video costs, in USDC.</summary>
public sealed class PriceSettings : ISettingRules
{
    [Setting("Price of an OVI image-to-video job in USDC; at most six decimals.", Min = 0.000001, Max = 1000, Example = "0.42")]
    public decimal OviImageToVideo { get; set; } = 0.42m;

    [Setting("What some OVI image-to-video jobs cost more; all that apply to a job are added to its price.")]
    public List<SurchargeSettings> OviImageToVideoSurcharges { get; set; } = [];

    [Setting("Price of an OVI text-to-video job in USDC; at most six decimals.", Min = 0.000001, Max = 1000, Example = "0.42")]
    public decimal OviTextToVideo { get; set; } = 0.42m;

    [Setting("What some OVI text-to-video jobs cost more; all that apply to a job are added to its price.")]
    public List<SurchargeSettings> OviTextToVideoSurcharges { get; set; } = [];

    public Sora2PriceSettings Sora2 { get; set; } = new();

    IEnumerable<SettingProblem> ISettingRules.Check(string path)
    {
        return
        [
            .. CheckOvi(path + nameof(OviImageToVideo), OviImageToVideo, OviImageToVideoSurcharges),
            .. CheckOvi(path + nameof(OviTextToVideo), OviTextToVideo, OviTextToVideoSurcharges),
        ];
    }

    private static IEnumerable<SettingProblem> CheckOvi(string path, decimal price, List<SurchargeSettings> surcharges)
    {
        if (Jobs.Usdc.WhyTooPrecise(path, price) is { } problem) yield return problem;
        for (var i = 0; i < surcharges.Count; i++)
        {
            if (surcharges[i].Resolution is { } resolution && !Jobs.OviFields.Resolutions.Contains(resolution))
                yield return new($"{path}Surcharges:{i}:Resolution", $"\"{resolution}\" is not one of {string.Join(", ", Jobs.OviFields.Resolutions)}.");
        }
    }
}

/// <summary>What jobs with certain parameters cost more.</summary>
public sealed class SurchargeSettings : ISettingRules
{
    [Setting("The resolution that costs more; any when it is not set.", Example = "1120x448")]
    public string? Resolution { get; set; }

    [Setting("The number of inference steps from which on a job costs more; 1 for all.", Min = 1, Max = 50)]
    public int FromSteps { get; set; } = 1;

    [Setting("How much more, in USDC; at most six decimals.", Required = true, Min = 0.000001, Max = 1000, Example = "0.1")]
    public decimal Usdc { get; set; }

    internal bool AppliesTo(string resolution, int steps) => (Resolution is null || Resolution == resolution) && steps >= FromSteps;

    IEnumerable<SettingProblem> ISettingRules.Check(string path)
    {
        if (Jobs.Usdc.WhyTooPrecise(path + nameof(Usdc), Usdc) is { } problem) yield return problem;
        if (Resolution is null && FromSteps == 1)
            yield return new(path + "FromSteps", "is 1 and there is no Resolution: this applies to every job. Raise the price instead.");
    }
}

/// <summary>How long a job may take and how it is followed.</summary>
public sealed class JobSettings
{
    [Setting("Minutes from payment until a job that nobody delivered is given up.", Min = 1, Max = 1440)]
    public int DeadlineMinutes { get; set; } = 20;

    [Setting("Seconds until the first look at a provider's job when no callback came.", Min = 0.1, Max = 600)]
    public double FirstPollSeconds { get; set; } = 5;

    [Setting("The longest pause between two looks, in seconds; pauses grow by half.", Min = 0.1, Max = 600)]
    public double MaxPollSeconds { get; set; } = 60;

    [Setting("Seconds that a submit without an answer waits for the provider's callback before it is sent once more.", Min = 1, Max = 3600)]
    public int AmbiguousSubmitWaitSeconds { get; set; } = 120;

    [Setting("Days for which the links to a finished video work.", Min = 1, Max = 3650)]
    public int LinkDays { get; set; } = 30;

    [Setting("The largest video that is taken from a provider, in megabytes.", Min = 1, Max = 500)]
    public int MaxVideoMegabytes { get; set; } = 500;

    [Setting("Whether fal_options may have keys that this gateway does not know; they go to fal's model as they are.")]
    public bool PassUnknownFalOptions { get; set; }
}

/// <summary>Which addresses the gateway may be sent to by strangers.</summary>
public sealed class EgressSettings : ISettingRules
{
    [Setting("host:port pairs that are exempt from the guard's address, port and https rules; for development.", Example = "127.0.0.1:8090")]
    public List<string> AllowedHosts { get; set; } = [];

    IEnumerable<SettingProblem> ISettingRules.Check(string path)
    {
        for (var i = 0; i < AllowedHosts.Count; i++)
        {
            if (!EgressHosts.IsHostAndPort(AllowedHosts[i]))
                yield return new($"{path}AllowedHosts:{i}", $"\"{AllowedHosts[i]}\" is not host:port, for example 127.0.0.1:8090.");
        }
    }
}
