namespace OviFunctions.Payments.X402;

/// <summary>On which terms a resource is sold; quoted with its price.</summary>
/// <param name="Terms">The terms of sale.</param>
/// <param name="Refunds">What comes back when an order fails, when and how.</param>
/// <param name="InvalidInputPercent">What comes back when the provider refuses the input; of the price, in percent.</param>
/// <param name="ContentPolicyPercent">What comes back when the provider's content policy refuses the order. All other failures: everything.</param>
public sealed record SaleTerms(Uri Terms, Uri Refunds, int InvalidInputPercent, int ContentPolicyPercent);
