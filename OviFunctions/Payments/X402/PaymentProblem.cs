namespace OviFunctions.Payments.X402;

/// <summary>Why a payment is not taken. Nothing was charged when one of these comes from the decoder or the check.</summary>
/// <param name="Code">Ours and stable, one of <see cref="PaymentProblemCodes"/>.</param>
/// <param name="Detail">What was wrong and what would be right, for the buyer. It repeats nothing of what he sent.</param>
/// <param name="X402Reason">The code that the x402 specification (section 9) has for it, for <c>error</c> and <c>errorReason</c>.</param>
public sealed record PaymentProblem(string Code, string Detail, string X402Reason)
{
    /// <summary>What to tell the buyer when a facilitator's verify said no.</summary>
    /// <param name="code">The facilitator's code, already known to be harmless to show.</param>
    public static PaymentProblem FromFacilitator(string code) => code switch
    {
        "invalid_exact_evm_nonce_already_used" => new(PaymentProblemCodes.AlreadyUsed,
            "This authorization was used or cancelled on the chain before it came here. Sign a new one with a fresh nonce.", code),
        "invalid_exact_evm_insufficient_balance" or "insufficient_funds" => new(PaymentProblemCodes.InsufficientBalance,
            "The paying wallet holds less USDC than the price. Fund it, then sign a new payment.", code),
        _ => new(PaymentProblemCodes.RefusedByFacilitator,
            $"The payment facilitator did not accept the payment ({code}). Nothing was charged; sign a new payment.", code),
    };
}

/// <summary>Our stable codes for payments that are not taken.</summary>
public static class PaymentProblemCodes
{
    /// <summary>The header has more than 8,192 characters.</summary>
    public const string TooLarge = "payment_header_too_large";

    /// <summary>The header is not standard base64.</summary>
    public const string NotBase64 = "payment_header_not_base64";

    /// <summary>The decoded header is not one strict JSON object.</summary>
    public const string NotJson = "payment_header_not_json";

    /// <summary>A field is missing, has the wrong JSON type or is not written canonically.</summary>
    public const string Malformed = "payment_malformed";

    /// <summary>Another x402 version than 1 or 2, or one that does not belong in this header.</summary>
    public const string WrongVersion = "payment_version_unsupported";

    /// <summary>Another scheme than <c>exact</c>.</summary>
    public const string WrongScheme = "payment_scheme_mismatch";

    /// <summary>Another network than ours, or its other version's spelling.</summary>
    public const string WrongNetwork = "payment_network_mismatch";

    /// <summary>The <c>accepted</c> object is not the entry that we offer.</summary>
    public const string WrongOffer = "payment_accepted_mismatch";

    /// <summary>The transfer goes to somebody else.</summary>
    public const string WrongRecipient = "payment_recipient_mismatch";

    /// <summary>The transfer is not exactly the price.</summary>
    public const string WrongAmount = "payment_amount_mismatch";

    /// <summary>Too little time is left to settle.</summary>
    public const string Expired = "payment_window_too_short";

    /// <summary>The authorization lives longer than we offered.</summary>
    public const string TooLongLived = "payment_window_too_long";

    /// <summary>The authorization begins in the future.</summary>
    public const string NotYetValid = "payment_not_yet_valid";

    /// <summary>The signature was not made by the payer for this transfer.</summary>
    public const string WrongSignature = "payment_signature_invalid";

    /// <summary>The nonce was spent or cancelled before we knew of it.</summary>
    public const string AlreadyUsed = "payment_already_used";

    /// <summary>The payer has too little USDC.</summary>
    public const string InsufficientBalance = "payment_insufficient_balance";

    /// <summary>The facilitator said no for another reason.</summary>
    public const string RefusedByFacilitator = "payment_refused_by_facilitator";
}
