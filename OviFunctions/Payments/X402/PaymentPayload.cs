using OviFunctions.Payments.Evm;

namespace OviFunctions.Payments.X402;

/// <summary>A buyer's payment, reduced to the fields we know (x402 specification, section 5.2). What else he sent is gone.</summary>
/// <param name="Version">The wire format he paid in.</param>
/// <param name="Scheme">As sent; only <c>exact</c> is taken.</param>
/// <param name="Network">As sent: a name in version 1, a CAIP-2 id in version 2.</param>
/// <param name="Authorization">The authorization and its signature.</param>
/// <param name="Accepted">Version 2: the offer that the client says it accepts.</param>
/// <param name="PaymentIdentifier">The id of the <c>payment-identifier</c> extension, an alias of this payment.</param>
public sealed record PaymentPayload(
    X402Version Version,
    string Scheme,
    string Network,
    SignedAuthorization Authorization,
    AcceptedOffer? Accepted = null,
    string? PaymentIdentifier = null);

/// <summary>The <c>accepted</c> object of a version 2 payment. It is compared with our offer and used for nothing else.</summary>
/// <param name="Scheme">The scheme.</param>
/// <param name="Network">A CAIP-2 id.</param>
/// <param name="Amount">Atomic units.</param>
/// <param name="Asset">The token.</param>
/// <param name="PayTo">The payee.</param>
/// <param name="MaxTimeoutSeconds">How long an authorization may live.</param>
/// <param name="TokenName"><c>extra.name</c>.</param>
/// <param name="TokenVersion"><c>extra.version</c>.</param>
/// <param name="HasOtherMembers">Whether it had members that no offer of ours has.</param>
public sealed record AcceptedOffer(
    string Scheme,
    string Network,
    Uint256 Amount,
    EvmAddress Asset,
    EvmAddress PayTo,
    int MaxTimeoutSeconds,
    string? TokenName,
    string? TokenVersion,
    bool HasOtherMembers);

/// <summary>What became of a payment header.</summary>
public abstract record PaymentDecoding
{
    private PaymentDecoding() { }

    /// <summary>It is well-formed. Whether it pays us is another question: <see cref="RequirementCheck"/>.</summary>
    public sealed record Decoded(PaymentPayload Payment) : PaymentDecoding;

    /// <summary>It cannot be read; answer 400 with the requirements. Nothing was charged.</summary>
    public sealed record Refused(PaymentProblem Problem) : PaymentDecoding;
}
