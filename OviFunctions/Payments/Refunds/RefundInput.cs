using System.Text.Json.Serialization;
using OviFunctions.Payments.Evm;

namespace OviFunctions.Payments.Refunds;

/// <summary>Why money goes back.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<RefundReason>))]
public enum RefundReason
{
    /// <summary>No provider delivered, in time or at all.</summary>
    NotDelivered,

    /// <summary>The buyer cancelled and the provider confirmed, or nothing had been submitted.</summary>
    Canceled,

    /// <summary>The provider refused the input; a percentage may be kept.</summary>
    InvalidInput,

    /// <summary>The provider's content policy refused the order; a percentage may be kept.</summary>
    ContentPolicy,

    /// <summary>Our own machinery failed, or the job's orchestration died.</summary>
    OurFault,

    /// <summary>The money arrived after the order had been turned away.</summary>
    LateMoney,

    /// <summary>A payment on the chain to which no order belongs.</summary>
    NoOrder,
}

/// <summary>What one refund is about; all that its orchestration knows. Settings are a snapshot.</summary>
public sealed record RefundInput
{
    /// <summary>The paid job; where no order belongs to the payment, the id that follows from it.</summary>
    public required string JobId { get; init; }

    public required EvmNetwork Network { get; init; }

    /// <summary>The buyer's authorization: the refund waits until the chain shows it paid in a safe block.</summary>
    public required TransferAuthorization Incoming { get; init; }

    /// <summary>The block after which the incoming transfer must lie.</summary>
    public required ulong AfterBlock { get; init; }

    /// <summary>What goes back, in atomic units; at most what came in.</summary>
    public required long AmountAtomic { get; init; }

    public required RefundReason Reason { get; init; }
}
