using Microsoft.Extensions.Logging.Abstractions;
using OviFunctions.Activities;
using OviFunctions.Payments.Refunds;
using OviFunctions.Sales;

namespace OviFunctions.Tests.Support;

/// <summary>The activity that records outcomes, with all that it counts.</summary>
internal static class OutcomeRecording
{
    public static RecordOutcome Over(MemoryRecordStore records, TimeProvider clock)
    {
        var sales = new SalesSwitch(records, clock, NullLogger<SalesSwitch>.Instance);
        return new RecordOutcome(records, new RefundReserve(records, clock), new SpendBrake(records, TestSettings.Read(), sales, clock));
    }
}
