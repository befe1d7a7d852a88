using OviFunctions.Http;
using OviFunctions.Sales;

namespace OviFunctions.Payments.Facilitators;

/// <summary>Turns orders that pay with x402 away while it is known that nobody could settle them, without keeping them waiting.</summary>
public sealed class FacilitatorGate(FacilitatorPool facilitators) : ISalesGate
{
    /// <inheritdoc/>
    public async ValueTask<Problem?> WhyClosedAsync(Sale sale, CancellationToken cancellationToken) =>
        sale.Payer is null || await facilitators.IsWorkingAsync(cancellationToken) ? null : Closed;

    private static Problem Closed { get; } = PaymentsUnavailable.Because("No payment facilitator works at the moment.", retryAfterSeconds: 30);
}
