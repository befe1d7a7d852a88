using Microsoft.Extensions.Logging.Abstractions;
using OviFunctions.Activities;
using OviFunctions.Jobs.Batches;
using OviFunctions.Payments.Refunds;
using OviFunctions.Sales;

namespace OviFunctions.Tests.Support;

/// <summary>The activity that records outcomes, with all that it counts.</summary>
internal static class OutcomeRecording
{
    public static RecordOutcome Over(MemoryRecordStore records, TimeProvider clock) =>
        new(records, new RefundReserve(records, clock), Brake(records, clock));

    /// <summary>The same for batches and their items.</summary>
    public static BatchOutcomes OfBatches(MemoryRecordStore records, TimeProvider clock) =>
        new(records, new BatchItems(records), Over(records, clock), Brake(records, clock));

    /// <summary>Reads batches' items.</summary>
    public static BatchReader BatchReader(MemoryRecordStore records, TimeProvider clock) => new(new BatchItems(records), OfBatches(records, clock));

    private static SpendBrake Brake(MemoryRecordStore records, TimeProvider clock) =>
        new(records, TestSettings.Read(), new SalesSwitch(records, clock, NullLogger<SalesSwitch>.Instance), clock);
}
