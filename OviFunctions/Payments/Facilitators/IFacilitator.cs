using OviFunctions.Payments.Evm;
using OviFunctions.Payments.X402;

namespace OviFunctions.Payments.Facilitators;

/// <summary>
/// A service that checks payments and brings them onto the chain (x402 specification, section 7). It is convenient,
/// not trusted: what it says is compared with our requirement, and only the chain proves a payment.
/// </summary>
/// <remarks>Expected failures are values; only the caller's cancellation throws.</remarks>
public interface IFacilitator
{
    /// <summary>What it is called in logs, in the ledger, and in the records of what it said.</summary>
    string Name { get; }

    /// <summary>The version that is spoken with it. Version 1 cannot carry a payment for nothing in particular, as a refund is.</summary>
    X402Version Version => X402Version.V2;

    /// <summary>Why it should not be asked at the moment; null when it may be.</summary>
    FacilitatorStatus? Ailment => null;

    /// <summary>Asks whether the payment would settle now. Nothing moves, and nothing is promised.</summary>
    /// <param name="authorization">The payment.</param>
    /// <param name="requirement">Ours; for a refund, the refund's.</param>
    /// <param name="resource">What is paid for; null for a refund, which a facilitator of version 1 cannot take.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    Task<VerifyOutcome> VerifyAsync(
        SignedAuthorization authorization, PaymentRequirement requirement, PaidResource? resource, CancellationToken cancellationToken);

    /// <summary>
    /// Asks for the money to be moved. Whatever it answers, it may have sent the transaction: after the first call,
    /// only the chain can say that a payment failed. Calling again with the same arguments is safe, the nonce works once.
    /// </summary>
    /// <inheritdoc cref="VerifyAsync" path="/param"/>
    Task<SettleOutcome> SettleAsync(
        SignedAuthorization authorization, PaymentRequirement requirement, PaidResource? resource, CancellationToken cancellationToken);

    /// <summary>Asks what it supports; also tells whether it is there.</summary>
    Task<SupportedOutcome> SupportedAsync(CancellationToken cancellationToken);
}

/// <summary>How a verify ended.</summary>
public abstract record VerifyOutcome
{
    private VerifyOutcome() { }

    /// <summary>It would settle.</summary>
    public sealed record Valid(EvmAddress Payer) : VerifyOutcome;

    /// <summary>It would not.</summary>
    /// <param name="Code">The facilitator's, fit to show; <see cref="FacilitatorCodes.Unspecified"/> when it gave none that is.</param>
    /// <param name="Payer">The payer as the facilitator sees it.</param>
    public sealed record Invalid(string Code, EvmAddress? Payer) : VerifyOutcome;

    /// <summary>It did not answer the question. Ask another one, or later.</summary>
    /// <param name="Reason">For the log.</param>
    public sealed record Unreachable(string Reason) : VerifyOutcome
    {
        /// <summary>Whether it is there and will not work for us: its address, token, version or network is wrong.</summary>
        public bool IsMisconfigured { get; init; }

        /// <summary>Whether it did answer, in a way that may be due to this payment alone.</summary>
        public bool Answered { get; init; }
    }
}

/// <summary>How a settle ended, in the facilitator's opinion.</summary>
public abstract record SettleOutcome
{
    private SettleOutcome() { }

    /// <summary>It says that the money moved in this transaction.</summary>
    public sealed record Settled(Bytes32 Transaction) : SettleOutcome;

    /// <summary>It sent a transaction and does not know its end. Settle the same payment again.</summary>
    public sealed record Pending(Bytes32? Transaction) : SettleOutcome;

    /// <summary>It says no, which was seen while the money moved; a transaction here may have reverted or not.</summary>
    /// <param name="Code">The facilitator's, fit to show; <see cref="FacilitatorCodes.Unspecified"/> when it gave none that is.</param>
    /// <param name="Transaction">The transaction that it names.</param>
    public sealed record Refused(string Code, Bytes32? Transaction) : SettleOutcome;

    /// <summary>No answer, or none that can be read.</summary>
    /// <param name="Reason">For the log.</param>
    public sealed record Unknown(string Reason) : SettleOutcome
    {
        /// <inheritdoc cref="VerifyOutcome.Unreachable.IsMisconfigured"/>
        public bool IsMisconfigured { get; init; }

        /// <inheritdoc cref="VerifyOutcome.Unreachable.Answered"/>
        public bool Answered { get; init; }
    }
}

/// <summary>What a facilitator supports.</summary>
public abstract record SupportedOutcome
{
    private SupportedOutcome() { }

    /// <summary>Its list.</summary>
    public sealed record Supported(IReadOnlyList<SupportedKind> Kinds) : SupportedOutcome
    {
        /// <summary>Whether it settles exact payments on a network in a version.</summary>
        public bool Takes(EvmNetwork network, X402Version version) => Kinds.Any(kind => kind.Scheme == PaymentRequirement.Scheme
            && kind.X402Version == (int)version && EvmNetwork.TryParse(kind.Network, out var taken) && taken == network);
    }

    /// <summary>It did not answer the question.</summary>
    /// <param name="Reason">For the log.</param>
    public sealed record Unreachable(string Reason) : SupportedOutcome
    {
        /// <inheritdoc cref="VerifyOutcome.Unreachable.IsMisconfigured"/>
        public bool IsMisconfigured { get; init; }
    }
}

/// <summary>A version, scheme and network that a facilitator takes together.</summary>
public sealed record SupportedKind(int X402Version, string Scheme, string Network);
