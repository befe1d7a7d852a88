using OviFunctions.Configuration;
using OviFunctions.Http;
using OviFunctions.Jobs;
using OviFunctions.Providers;
using OviFunctions.Providers.Health;

namespace OviFunctions.Routing;

/// <summary>Where a job would go.</summary>
/// <param name="Lanes">The attempts in order; none when there is a problem.</param>
/// <param name="Problem">Why nobody would carry it out; null when somebody would.</param>
public sealed record JobRoute(IReadOnlyList<LanePlan> Lanes, Problem? Problem);

/// <summary>Decides which accounts a job is sent to, from what they honour and how they are.</summary>
public sealed class JobRouter(OviSettings settings, ProviderCatalog providers, ProviderStates states)
{
    /// <summary>Where a request would go now.</summary>
    /// <param name="model">What is ordered.</param>
    /// <param name="request">The request; null for the default request, when there is none or it has problems.</param>
    /// <param name="cancellationToken">Ends the wait for the accounts' states.</param>
    public async ValueTask<JobRoute> RouteAsync(IVideoModel model, VideoRequest? request, CancellationToken cancellationToken)
    {
        var needs = model.NeedsOf(request);
        var lanes = new List<LanePlan>();
        RequestFields? lacking = null;
        var isOffered = false;
        foreach (var account in settings.Providers)
        {
            var offer = providers.Find(account.Name)!.Offer(model.Name, needs);
            isOffered |= offer is not ProviderOffer.NotOffered;
            switch (offer)
            {
                case ProviderOffer.Takes takes when (await states.ReadAsync(account.Name, cancellationToken)).OutFor is null:
                    lanes.Add(new LanePlan(account.Name, account.Start, account.DelaySeconds) { CostUsd = takes.CostUsd });
                    break;
                case ProviderOffer.Lacks lacks:
                    lacking = lacking is null ? lacks.Fields : lacking & lacks.Fields;
                    break;
            }
        }

        if (lanes.Count > 0) return new JobRoute(lanes, null);
        return new JobRoute([], lacking is { } fields ? NobodyHonours(fields) : NobodyOffers(model, isOffered));
    }

    private static Problem NobodyHonours(RequestFields fields) => new(422, "not_offered", "No provider here carries out all of this request.",
        fields == RequestFields.None ? "Each of its fields is offered, and not all of them together." : $"Not offered: {fields}.")
    {
        RetryAction = RetryAction.Resign, PaymentState = PaymentState.Unused,
    };

    private static Problem NobodyOffers(IVideoModel model, bool isOffered) => new(503, "model_unavailable", "This model cannot be ordered at the moment.",
        isOffered || model.WhyNotOffered is not { } why ? $"No provider is configured for {model.Name}, or none works. Nothing was charged." : $"{why} Nothing was charged.")
    {
        RetryAction = RetryAction.WaitAndRetry, PaymentState = PaymentState.Unused, RetryAfterSeconds = 300,
    };
}
