namespace OviFunctions.Jobs;

/// <summary>Who sold.</summary>
public sealed record ReceiptSeller(string Name, string? Address, string? TaxId);

/// <param name="RatePercent">The rate.</param>
/// <param name="Included">The tax in the total, in USDC.</param>
public sealed record ReceiptTax(decimal? RatePercent, decimal? Included, string? Note);

/// <summary>A payment on the chain. Amounts are in USDC, and in atomic units.</summary>
/// <param name="At">Unix seconds.</param>
public sealed record ReceiptPayment(decimal Amount, string AmountAtomic, string Network, string Asset, string Transaction, string From, string To, long At);

/// <summary>What a job's buyer paid, and what he got back.</summary>
public sealed record JobReceipt
{
    /// <summary>The receipt's number: the job's id.</summary>
    public required string Id { get; init; }

    public required ReceiptSeller Seller { get; init; }

    /// <summary>What was ordered, for example <c>ovi/image-to-video</c>; null for a payment without an order.</summary>
    public string? Model { get; init; }

    public string Currency { get; } = "USDC";

    public required ReceiptPayment Payment { get; init; }

    /// <summary>What went back; usually none or one.</summary>
    public required IReadOnlyList<ReceiptPayment> Refunds { get; init; }

    /// <summary>What the buyer paid in the end, in USDC.</summary>
    public required decimal Total { get; init; }

    public ReceiptTax? Tax { get; init; }
}

/// <summary>The envelope of a receipt.</summary>
public sealed record ReceiptEnvelope(JobReceipt Receipt);
