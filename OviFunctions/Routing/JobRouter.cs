using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using OviFunctions.Configuration;
using OviFunctions.Jobs;
using OviFunctions.Providers;
using OviFunctions.Providers.Health;

namespace OviFunctions.Routing;

/// <summary>
/// Decides which accounts a job is sent to, and when: those that honour all of its request, are in the rotation and fit its
/// price.
/// </summary>
public sealed partial class JobRouter(
    OviSettings settings, ProviderCatalog providers, ProviderStates states, TimeProvider clock, ILogger<JobRouter> logger)
{
    private static readonly TimeSpan BetweenWarnings = TimeSpan.FromMinutes(10);

    private readonly ConcurrentDictionary<string, DateTimeOffset> _warnings = new(StringComparer.Ordinal);

    /// <summary>Where a request would go now; for a quote.</summary>
    /// <param name="model">What is ordered.</param>
    /// <param name="request">The request; null for the default request, when there is none or it has problems.</param>
    /// <param name="cancellationToken">Ends the wait for the accounts' states.</param>
    public ValueTask<JobRoute> RouteAsync(IVideoModel model, VideoRequest? request, CancellationToken cancellationToken) =>
        RouteAsync(model, request, isJob: false, cancellationToken);

    /// <summary>Where a job goes; one of them tries an account that has failed for a while, so that it can come back.</summary>
    /// <inheritdoc cref="RouteAsync(IVideoModel, VideoRequest?, CancellationToken)"/>
    public ValueTask<JobRoute> PlanAsync(IVideoModel model, VideoRequest request, CancellationToken cancellationToken) =>
        RouteAsync(model, request, isJob: true, cancellationToken);

    private async ValueTask<JobRoute> RouteAsync(IVideoModel model, VideoRequest? request, bool isJob, CancellationToken cancellationToken)
    {
        var needs = model.NeedsOf(request);
        var capUsd = Usdc.FromAtomic(model.PriceAtomic(request)) - settings.Routing.MinMarginUsd;
        var willing = new List<LaneCandidate>();
        var lacking = new List<(string Account, RequestFields Fields)>();
        var outOfRotation = new List<string>();
        var tooDear = new List<string>();
        foreach (var account in settings.Providers)
        {
            var provider = providers.Find(account.Name)!;
            switch (provider.Offer(model.Name, needs))
            {
                case ProviderOffer.Lacks lacks: lacking.Add((account.Name, lacks.Fields)); break;
                case ProviderOffer.Takes takes:
                    var state = await states.ReadAsync(account.Name, cancellationToken);
                    if (state.WhyOut(model.Name) is not null) outOfRotation.Add(account.Name);
                    else if (takes.CostUsd > capUsd) tooDear.Add(account.Name);
                    else willing.Add(LaneCandidate.Of(account, provider, takes.CostUsd, state, model.Name, clock.GetUtcNow()));
                    break;
            }
        }

        if (tooDear.Count > 0) WarnOfPrice(model.Name, capUsd, tooDear);
        if (isJob) await TryAgainAsync(willing, model, cancellationToken);
        if (willing.Count > 0) return new JobRoute(LanePlanner.Plan(willing, settings.Routing), null) { CostCapUsd = capUsd };
        return new JobRoute([], (outOfRotation.Count, tooDear.Count, lacking.Count) switch
        {
            (> 0, _, _) => RouteProblems.OutOfService(model, outOfRotation),
            (_, > 0, _) => RouteProblems.TooDear(model),
            (_, _, > 0) => RouteProblems.NotHonoured(model, needs, lacking),
            _ => RouteProblems.NotOffered(model),
        });
    }

    /// <summary>An account that would come first if it were well, and that may be by now, is tried by one job at a time.</summary>
    private async Task TryAgainAsync(List<LaneCandidate> willing, IVideoModel model, CancellationToken cancellationToken)
    {
        if (LanePlanner.Ordered(willing.Select(c => c with { IsHealthy = c.IsHealthy || c.MayBeHealthy })).FirstOrDefault() is not { MayBeHealthy: true } first) return;
        if (!await states.TakeTrialAsync(first.Provider.Name, model.Name, cancellationToken)) return;
        willing[willing.FindIndex(c => c.Provider == first.Provider)] = first;
    }

    /// <summary>Quotes are free, so it is not said for each.</summary>
    private void WarnOfPrice(string model, decimal capUsd, List<string> accounts)
    {
        var now = clock.GetUtcNow();
        if (_warnings.TryGetValue(model, out var last) && now - last < BetweenWarnings) return;
        _warnings[model] = now;
        PriceTooLow(logger, model, capUsd, string.Join(", ", accounts));
    }

    [LoggerMessage(2201, LogLevel.Warning,
        "The price of {Model} leaves {CapUsd} dollars for providers, and these ask for more: {Accounts}. They are not asked for it. Raise the price, or lower Routing:MinMarginUsd.")]
    private static partial void PriceTooLow(ILogger logger, string model, decimal capUsd, string accounts);
}
