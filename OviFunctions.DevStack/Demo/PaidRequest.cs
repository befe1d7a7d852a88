using OviFunctions.DevStack.Parts;

namespace OviFunctions.DevStack.Demo;

/// <summary>A request with its payment, signed but kept by the buyer, so that it can be sent when and as often as he likes.</summary>
internal sealed record PaidRequest(string Body, string Payment)
{
    /// <summary>Asks for the quote of the demo's job and signs its payment with the reference v2 client.</summary>
    /// <exception cref="StackException">There was no quote, or the client would not sign it.</exception>
    public static async Task<PaidRequest> SignAsync(DeveloperStack stack, Uri gateway, CancellationToken cancellationToken)
    {
        var body = Order.SampleBody();
        var outcome = await Buyer.BuyAsync(stack.Host, stack.Chain!.Network, new Purchase(Order.UrlOn(gateway), body) { SignOnly = true }, cancellationToken);
        return outcome.Payment is { } payment
            ? new PaidRequest(body, payment)
            : throw new StackException($"The quote could not be paid: {outcome.Error ?? $"{outcome.Status} {outcome.Body}"}");
    }

    /// <inheritdoc cref="Order.PostAsync"/>
    public Task<Order> SendAsync(Uri gateway, CancellationToken cancellationToken) =>
        Order.PostAsync(gateway, Body, new Dictionary<string, string> { ["PAYMENT-SIGNATURE"] = Payment }, cancellationToken);
}
