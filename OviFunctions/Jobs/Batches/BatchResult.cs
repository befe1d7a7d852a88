namespace OviFunctions.Jobs.Batches;

/// <summary>What became of a batch's videos; follows from the outcomes of its items, and is the same whoever adds them up.</summary>
/// <param name="Delivered">How many were delivered.</param>
/// <param name="Failed">How many were not.</param>
/// <param name="DueBackAtomic">What of the price is not kept for them: goes back when it was paid with x402, is not charged to an API key.</param>
public sealed record BatchResult(int Delivered, int Failed, long DueBackAtomic);
