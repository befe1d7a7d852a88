namespace OviFunctions.Configuration;

/// <summary>How much of everything one buyer may have.</summary>
public sealed class LimitSettings
{
    [Setting("Quotes, x402 orders and wallet sign-ins a minute from one address (IPv6: one /64). Repeats of known orders are not counted.", Min = 1, Max = 1000000)]
    public int RequestsPerMinutePerAddress { get; set; } = 60;

    [Setting("New orders a minute of one wallet.", Min = 1, Max = 1000000)]
    public int OrdersPerMinutePerPayer { get; set; } = 30;

    [Setting("New orders a minute of one API key.", Min = 1, Max = 1000000)]
    public int OrdersPerMinutePerApiKey { get; set; } = 60;

    [Setting("How many of your own proxies a request passes, each of which adds to X-Forwarded-For; 0 when buyers connect directly.", Min = 0, Max = 10)]
    public int TrustedProxies { get; set; }

    [Setting("Jobs that may be in flight at once, about, each video of a batch among them; further orders are answered with 503.", Min = 1, Max = 1000000)]
    public int MaxJobsInFlight { get; set; } = 1000;

    [Setting("Refunds of a day (UTC) after which nothing is sold to a wallet until the next.", Min = 1, Max = 1000)]
    public int RefundsPerPayerAndDay { get; set; } = 10;

    [Setting("Dollars that providers may cost in an hour for jobs that end without a video; above it, sales are paused.", Min = 0, Max = 1000000)]
    public decimal UndeliveredUsdPerHour { get; set; } = 20m;
}
