using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using OviFunctions.Configuration;
using OviFunctions.Http;
using OviFunctions.Providers.Health;
using static OviFunctions.Functions.OperatorExchange;

namespace OviFunctions.Functions;

/// <summary>What the operator sees of the provider accounts, and his decision which of them get jobs. Each call can be repeated.</summary>
public sealed class OperatorProvidersFunctions(
    OperatorAccess access, OviSettings settings, ProviderStates states, ProviderRotation rotation, TimeProvider clock)
{
    /// <summary><c>GET /v1/operator/providers</c>: each account as all machines know it, in the order of the settings.</summary>
    [Function("OperatorProviders")]
    public async Task<IResult> StatusAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "v1/operator/providers")] HttpRequest request, CancellationToken cancellationToken) =>
        access.WhyRefused(request) is { } refused ? refused.ToResult() : await ShowAsync(request, cancellationToken);

    /// <summary><c>POST /v1/operator/providers/{name}/pause</c>, with a <c>reason</c> or without a body: no new jobs there until it is resumed.</summary>
    [Function("PauseProvider")]
    public async Task<IResult> PauseAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "v1/operator/providers/{name}/pause")] HttpRequest request,
        string name, CancellationToken cancellationToken)
    {
        if (access.WhyRefused(request) is { } refused) return refused.ToResult();
        if (!IsConfigured(name)) return Unknown.ToResult();
        if (await ReasonAsync(request, cancellationToken) is not { } reason) return BadReason.ToResult();
        await rotation.PauseAsync(name, reason, cancellationToken);
        return await ShowAsync(request, cancellationToken);
    }

    /// <summary><c>POST /v1/operator/providers/{name}/resume</c>: jobs go there again, whatever kept them away.</summary>
    [Function("ResumeProvider")]
    public async Task<IResult> ResumeAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "v1/operator/providers/{name}/resume")] HttpRequest request,
        string name, CancellationToken cancellationToken)
    {
        if (access.WhyRefused(request) is { } refused) return refused.ToResult();
        if (!IsConfigured(name)) return Unknown.ToResult();
        await rotation.ResumeAsync(name, cancellationToken);
        return await ShowAsync(request, cancellationToken);
    }

    private bool IsConfigured(string name) => settings.Providers.Exists(account => account.Name == name);

    private async Task<IResult> ShowAsync(HttpRequest request, CancellationToken cancellationToken) => Answer(request, new
    {
        providers = await Task.WhenAll(settings.Providers.Select(
            async account => View(account, await states.CurrentAsync(account.Name, cancellationToken), clock.GetUtcNow()))),
    });

    private static object View(ProviderSettings account, ProviderState state, DateTimeOffset now) => new
    {
        account.Name,
        account.Type,
        State = state switch { { OutFor: null } => "in_rotation", { NextCheck: null } => "paused", _ => "out" },
        state.OutFor,
        state.OutSince,
        NextCheckAt = state.NextCheck,
        RateLimitedUntil = state.PausedUntil > now ? state.PausedUntil : null,
        account.MaxConcurrent,
        SlotsUsed = account.MaxConcurrent is null ? (int?)null : state.Slots.Count(slot => slot.Until > now),
        Waiting = account.MaxConcurrent is null ? (int?)null : state.Queue.Count(queued => queued.Until > now),
        Models = state.Samples.Select(sample => sample.Model).Concat(state.OutModels.Select(gone => gone.Model)).Distinct().Order(StringComparer.Ordinal)
            .Select(model => View(model, state, now)).ToArray(),
    };

    private static object View(string model, ProviderState state, DateTimeOffset now)
    {
        var health = ProviderHealth.Of(state, model, now);
        var gone = state.OutModels.FirstOrDefault(known => known.Model == model);
        return new
        {
            Model = model, OutFor = gone?.Reason, OutSince = gone?.Since,
            health.Attempts, health.SuccessRate, health.P50Seconds, health.P95Seconds, Circuit = Codes.Of(health.Circuit),
        };
    }

    private static Problem BadReason { get; } = new(400, "invalid_body", "The body cannot be read.",
        $"It should be a JSON object whose reason is a text of at most {MaxReason} characters, or empty.") { RetryAction = RetryAction.Abandon };

    private static Problem Unknown { get; } = new(404, "provider_not_found", "There is no such provider.",
        "The name should be one of GET /v1/operator/providers.") { RetryAction = RetryAction.Abandon };
}
