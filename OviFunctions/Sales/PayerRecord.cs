using OviFunctions.Payments.Evm;

namespace OviFunctions.Sales;

/// <summary>What all machines have to know of a wallet before they take one more payment of it.</summary>
public sealed record PayerRecord
{
    public static PayerRecord Empty { get; } = new();

    /// <summary>Its payments that were admitted and may not be settled yet, in the order of their admission.</summary>
    public IReadOnlyList<PayerSlot> Unsettled { get; init; } = [];

    /// <summary>The day (UTC) of <see cref="Refunded"/>.</summary>
    public DateOnly RefundDay { get; init; }

    /// <summary>The jobs of that day whose money went back, as far as they count.</summary>
    public IReadOnlyList<string> Refunded { get; init; } = [];
}

/// <summary>One of the few unsettled payments that a wallet may have: held from before the claim until it is settled, ended or expired.</summary>
public sealed record PayerSlot(string JobId, TransferAuthorization Transfer);
