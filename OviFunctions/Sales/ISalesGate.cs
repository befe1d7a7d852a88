using OviFunctions.Http;
using OviFunctions.Jobs;
using OviFunctions.Payments.Evm;

namespace OviFunctions.Sales;

/// <summary>An order that is not known yet, before anything is asked of anybody or charged.</summary>
/// <param name="Model">What is ordered.</param>
/// <param name="Order">The request after validation; it may have problems.</param>
/// <param name="PriceAtomic">Its price in the asset's smallest unit.</param>
/// <param name="Payer">The wallet that signed, not proven yet; null when an API key pays.</param>
/// <param name="ApiKeyId">The API key's id; null when x402 pays.</param>
public sealed record Sale(IVideoModel Model, Order Order, long PriceAtomic, EvmAddress? Payer, string? ApiKeyId);

/// <summary>A reason for which an order may be turned away before it is charged (payments.md section 2, step 3).</summary>
public interface ISalesGate
{
    /// <summary>The answer to an order that is turned away; null when this gate lets it pass.</summary>
    ValueTask<Problem?> WhyClosedAsync(Sale sale, CancellationToken cancellationToken);
}

/// <summary>All gates; the first that is closed answers. Known orders never get here.</summary>
public sealed class SalesGates(IEnumerable<ISalesGate> gates)
{
    /// <summary>The answer to an order that is turned away, uncharged; null when it may be carried out.</summary>
    public async ValueTask<Problem?> WhyClosedAsync(Sale sale, CancellationToken cancellationToken)
    {
        foreach (var gate in gates)
        {
            if (await gate.WhyClosedAsync(sale, cancellationToken) is { } closed) return closed;
        }

        return null;
    }
}
