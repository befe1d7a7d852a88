using OviFunctions.Http;

namespace OviFunctions.Payments;

/// <summary>The answer to a payment that cannot be checked or settled now; it was not used.</summary>
internal static class PaymentsUnavailable
{
    public static Problem Because(string detail, int retryAfterSeconds) =>
        new(503, "payments_unavailable", "Payments cannot be checked at the moment; nothing was charged.", detail)
        {
            RetryAction = RetryAction.RetrySamePayment, PaymentState = PaymentState.Unused, RetryAfterSeconds = retryAfterSeconds,
        };
}
