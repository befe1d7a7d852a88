using System.Globalization;
using OviFunctions.Configuration;
using OviFunctions.Payments.Ledger;
using OviFunctions.Storage;

namespace OviFunctions.Jobs;

/// <summary>Makes receipts from the ledger, which outlives a job's orchestration.</summary>
public sealed class JobReceipts(IRecordStore records, LedgerReader ledger, OviSettings settings)
{
    /// <summary>The receipt; null when no money came for the job.</summary>
    public async Task<JobReceipt?> ReadAsync(string jobId, CancellationToken cancellationToken)
    {
        var entries = await ledger.OfJobAsync(jobId, cancellationToken);
        if (entries.FirstOrDefault(entry => entry.Type == LedgerEntryType.Settled) is not { } settled) return null;
        var refunds = entries.Where(entry => entry.Type == LedgerEntryType.Refunded).ToArray();
        var total = Usdc.FromAtomic(settled.AmountAtomic - refunds.Sum(refund => refund.AmountAtomic));
        var claim = await records.ReadAsync<Claim>(RecordNames.Claim(jobId), cancellationToken);
        var seller = settings.Seller;
        return new JobReceipt
        {
            Id = jobId,
            Seller = new ReceiptSeller(seller.LegalName ?? seller.ServiceName, seller.Address, seller.TaxId),
            Model = claim?.Value.Input.Model,
            Payment = PaymentOf(settled),
            Refunds = [.. refunds.Select(PaymentOf)],
            Total = total,
            Tax = seller.TaxRatePercent is null && seller.TaxNote is null ? null
                : new ReceiptTax(seller.TaxRatePercent, seller.TaxRatePercent is { } rate ? IncludedTax(total, rate) : null, seller.TaxNote),
        };
    }

    /// <summary>The tax in a price that includes it, to the unit of USDC.</summary>
    internal static decimal IncludedTax(decimal total, decimal ratePercent) =>
        decimal.Round(total - (total / (1 + (ratePercent / 100))), 6, MidpointRounding.ToEven);

    private static ReceiptPayment PaymentOf(LedgerEntry entry) => new(
        Usdc.FromAtomic(entry.AmountAtomic), entry.AmountAtomic.ToString(CultureInfo.InvariantCulture), entry.Network!, entry.Asset!, entry.Transaction!,
        entry.From!, entry.To!, entry.At.ToUnixTimeSeconds());
}
