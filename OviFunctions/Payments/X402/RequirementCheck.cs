using System.Numerics;
using OviFunctions.Crypto;
using OviFunctions.Payments.Evm;

namespace OviFunctions.Payments.X402;

/// <summary>
/// Compares a payment with what we demand, offline, before a facilitator is asked. The facilitator decides on what
/// only the chain knows: balance, nonce, and the signatures of smart wallets.
/// </summary>
/// <param name="time">The clock for the window.</param>
/// <param name="settleMargin">How long the authorization has to live on for a settlement to make it, for example 20 s.</param>
public sealed class RequirementCheck(TimeProvider time, TimeSpan settleMargin)
{
    /// <summary>How far past the offered lifetime an authorization may reach: the buyer's clock may be wrong.</summary>
    private const int LifetimeToleranceSeconds = 60;

    /// <summary>How far in the future an authorization may begin.</summary>
    private const int StartToleranceSeconds = 5;

    /// <summary>The first thing that is wrong, or null. A problem means 402: nothing was charged, sign anew.</summary>
    public PaymentProblem? Check(PaymentPayload payment, PaymentRequirement ours) =>
        CheckOffer(payment, ours) ?? CheckTransfer(payment.Authorization.Transfer, ours)
        ?? CheckWindow(payment.Authorization.Transfer, ours) ?? CheckSignature(payment.Authorization, ours.Network.UsdcDomain);

    private static PaymentProblem? CheckOffer(PaymentPayload payment, PaymentRequirement ours)
    {
        var network = payment.Version == X402Version.V1 ? ours.Network.V1Name : ours.Network.CaipId;
        if (payment.Scheme != PaymentRequirement.Scheme)
            return new(PaymentProblemCodes.WrongScheme, "Only the scheme \"exact\" is offered.", "unsupported_scheme");
        if (payment.Network != network)
            return new(PaymentProblemCodes.WrongNetwork, $"Pay on the network \"{network}\".", "invalid_network");
        if (payment.Version == X402Version.V1) return null;

        var token = ours.Network.UsdcDomain;
        var offer = new AcceptedOffer(PaymentRequirement.Scheme, network, ours.Amount, token.VerifyingContract, ours.PayTo,
            ours.MaxTimeoutSeconds, token.Name, token.Version, HasOtherMembers: false);
        return payment.Accepted == offer ? null : new(PaymentProblemCodes.WrongOffer,
            $"\"accepted\" must repeat the entry of {X402Headers.Required}, all of it and nothing else. Read it again and sign anew.",
            "invalid_payment_requirements");
    }

    private static PaymentProblem? CheckTransfer(TransferAuthorization transfer, PaymentRequirement ours)
    {
        if (transfer.To != ours.PayTo)
            return new(PaymentProblemCodes.WrongRecipient, $"The authorization must pay {ours.PayTo.ToChecksumString()}.",
                "invalid_exact_evm_payload_recipient_mismatch");
        return transfer.Value == ours.Amount ? null : new(PaymentProblemCodes.WrongAmount,
            $"The authorization must be for exactly {ours.Amount} atomic units.", "invalid_exact_evm_payload_authorization_value_mismatch");
    }

    private PaymentProblem? CheckWindow(TransferAuthorization transfer, PaymentRequirement ours)
    {
        BigInteger now = time.GetUtcNow().ToUnixTimeSeconds();
        var margin = (long)Math.Ceiling(settleMargin.TotalSeconds);
        if (transfer.ValidBefore.Value < now + margin)
            return new(PaymentProblemCodes.Expired, $"validBefore must lie at least {margin} s ahead.",
                "invalid_exact_evm_payload_authorization_valid_before");
        if (transfer.ValidBefore.Value > now + ours.MaxTimeoutSeconds + LifetimeToleranceSeconds)
            return new(PaymentProblemCodes.TooLongLived, $"validBefore must lie at most {ours.MaxTimeoutSeconds} s ahead.",
                "invalid_exact_evm_payload_authorization_valid_before");
        return transfer.ValidAfter.Value <= now + StartToleranceSeconds ? null : new(PaymentProblemCodes.NotYetValid,
            "validAfter must not lie in the future; 0 is fine.", "invalid_exact_evm_payload_authorization_valid_after");
    }

    private static PaymentProblem? CheckSignature(SignedAuthorization signed, Eip712Domain token)
    {
        var signature = signed.SignatureBytes();
        if (signature.Length != Secp256k1.SignatureSize) return null;
        Span<byte> recovered = stackalloc byte[EvmAddress.Size];
        var right = Secp256k1.IsLowS(signature)
            && Secp256k1.TryRecoverAddress(signed.Transfer.Digest(token), signature, recovered)
            && new EvmAddress(recovered) == signed.Transfer.From;
        return right ? null : new(PaymentProblemCodes.WrongSignature,
            $"The signature must be the payer's, with low s, over TransferWithAuthorization in the EIP-712 domain name \"{token.Name}\", "
            + $"version \"{token.Version}\", chain {token.ChainId}, contract {token.VerifyingContract.ToChecksumString()}.",
            "invalid_exact_evm_payload_signature");
    }
}
