using System.Text.Json;
using System.Text.Json.Serialization;
using OviFunctions.Configuration;
using OviFunctions.Http;
using OviFunctions.Payments;
using OviFunctions.Providers.Health;
using OviFunctions.Routing;
using OviFunctions.Sales;

namespace OviFunctions.Jobs;

/// <summary>What is sold, for programs that choose: the shape of the list is that of OpenAI's models.</summary>
/// <param name="Data">The models.</param>
public sealed record ModelListResource(IReadOnlyList<ModelResource> Data)
{
    [JsonPropertyName("object")]
    public string Kind { get; } = "list";
}

/// <summary>One model: how it is ordered, what it costs, whether it can be ordered now, and how long it takes.</summary>
public sealed record ModelResource
{
    public required string Id { get; init; }

    [JsonPropertyName("object")]
    public string Kind { get; } = "model";

    public required string Description { get; init; }

    /// <summary>Where it is ordered: <c>POST</c>; <c>GET</c> is the quote.</summary>
    public required Uri OrderUrl { get; init; }

    /// <summary>JSON Schema of the order's body.</summary>
    public required JsonElement RequestSchema { get; init; }

    public required ModelPrice Price { get; init; }

    /// <summary>Whether an order with default values would be carried out now.</summary>
    public required bool Available { get; init; }

    /// <summary>Why it would not.</summary>
    public string? Reason { get; init; }

    /// <summary>The provider accounts that such an order would go to, in their order.</summary>
    public required IReadOnlyList<string> Providers { get; init; }

    /// <summary>From the submit to the end, measured over the last day; null when there is too little to say.</summary>
    public ExpectedSeconds? ExpectedSeconds { get; init; }
}

/// <param name="Default">The price of an order with default values, in USDC.</param>
/// <param name="Highest">The price of the dearest order.</param>
/// <param name="Network">CAIP-2; null when only API keys can order.</param>
public sealed record ModelPrice(decimal Default, decimal Highest, string? Network)
{
    public string Currency { get; } = "USDC";

    public string Note { get; } = "The exact price of a request is in the 402 that answers it.";
}

/// <param name="P50">Half of the deliveries took this at most.</param>
/// <param name="P95">95 of 100 took this at most.</param>
/// <param name="Measured">Over how many deliveries.</param>
public sealed record ExpectedSeconds(double P50, double P95, int Measured);

/// <summary>Makes the list of what is sold.</summary>
/// <param name="settings">For the accounts and the public address.</param>
/// <param name="models">What is sold.</param>
/// <param name="router">Knows who would carry an order out.</param>
/// <param name="states">Have measured how long it took.</param>
/// <param name="till">Where the money goes; null when payments are off.</param>
/// <param name="sales">Knows whether anything is sold now.</param>
/// <param name="clock">For the age of what was measured.</param>
public sealed class ModelList(
    OviSettings settings, VideoModels models, JobRouter router, ProviderStates states, Till? till, SalesSwitch sales, TimeProvider clock)
{
    /// <summary>The list's route.</summary>
    public const string Route = "v1/models";

    private static readonly TimeSpan LongestAge = TimeSpan.FromDays(1);

    public async Task<ModelListResource> ReadAsync(CancellationToken cancellationToken)
    {
        var attempts = await ReadAttemptsAsync(cancellationToken);
        var closed = (await sales.ReadAsync(cancellationToken)).PausedFor is null ? null : SalesSwitch.ClosedForSale;
        var resources = new List<ModelResource>();
        foreach (var model in models.All) resources.Add(await DescribeAsync(model, attempts, closed, cancellationToken));
        return new ModelListResource(resources);
    }

    private async Task<ModelResource> DescribeAsync(IVideoModel model, List<AttemptSample> attempts, Problem? closed, CancellationToken cancellationToken)
    {
        var route = await router.RouteAsync(model, request: null, cancellationToken);
        var times = DeliveryTimes.Of(attempts.Where(attempt => attempt.Model == model.Name));
        return new ModelResource
        {
            Id = model.Name,
            Description = model.Resource.Description,
            OrderUrl = new Uri(settings.PublicBaseUrl, "/" + model.Route),
            RequestSchema = model.Resource.BodySchema,
            Price = new ModelPrice(Usdc.FromAtomic(model.PriceAtomic(request: null)), Usdc.FromAtomic(model.HighestPriceAtomic), till?.Network.CaipId),
            Available = (route.Problem ?? closed) is null,
            Reason = route.Problem?.Detail ?? closed?.Title,
            Providers = [.. route.Lanes.Select(lane => lane.Provider)],
            ExpectedSeconds = times is null ? null : new ExpectedSeconds(times.P50, times.P95, times.Measured),
        };
    }

    private async Task<List<AttemptSample>> ReadAttemptsAsync(CancellationToken cancellationToken)
    {
        var oldest = clock.GetUtcNow() - LongestAge;
        var attempts = new List<AttemptSample>();
        foreach (var account in settings.Providers)
            attempts.AddRange((await states.ReadAsync(account.Name, cancellationToken)).Samples.Where(attempt => attempt.At > oldest));
        return attempts;
    }
}
