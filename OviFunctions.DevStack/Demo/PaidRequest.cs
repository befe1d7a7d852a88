using OviFunctions.DevStack.Parts;

namespace OviFunctions.DevStack.Demo;

/// <summary>A request with its payment, signed but kept by the buyer, so that it can be sent when and as often as he likes.</summary>
internal sealed record PaidRequest(string Body, string Payment)
{
    /// <summary>Asks for the quote of the demo's job and signs its payment with the reference v2 client.</summary>
    /// <exception cref="StackException">There was no quote, or the client would not sign it.</exception>
    public static async Task<PaidRequest> SignAsync(
        DeveloperStack stack, Uri gateway, Action<BuyerExchange> onExchange, CancellationToken cancellationToken)
    {
        var body = Order.SampleBody(stack.Receiver.Url);
        var purchase = new Purchase(Order.UrlOn(gateway), body) { SignOnly = true, OnExchange = onExchange };
        var outcome = await Buyer.BuyAsync(stack.Host, stack.Chain!.Network, purchase, cancellationToken);
        return outcome.Payment is { } payment
            ? new PaidRequest(body, payment)
            : throw new StackException($"The quote could not be paid: {outcome.Error ?? $"{outcome.Status} {Order.Reason(outcome.Body)}"}");
    }

    /// <inheritdoc cref="Order.PostAsync"/>
    public Task<Order> SendAsync(Uri gateway, CancellationToken cancellationToken) =>
        Order.PostAsync(gateway, Body, new Dictionary<string, string> { ["PAYMENT-SIGNATURE"] = Payment }, cancellationToken);
}
