using OviFunctions.Jobs;
using OviFunctions.Payments.Ledger;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Payments.Ledger;

public sealed class BlobLedgerTests
{
    private static readonly DateOnly Day = new(2026, 11, 20);

    private readonly MemoryRecordStore _records = new();
    private readonly BlobLedger _ledger;
    private readonly LedgerReader _reader;

    public BlobLedgerTests() => (_ledger, _reader) = (new BlobLedger(_records), new LedgerReader(_records));

    [Fact]
    public async Task Record_Event_IsFoundUnderItsJobAndItsDay()
    {
        await RecordAsync(Settled);

        Assert.Equal(Settled, Assert.Single(await _reader.OfJobAsync(Settled.JobId, default)));
        Assert.Equal(Settled, Assert.Single(await _reader.EntriesAsync(Day, default).ToArrayAsync()));
        var line = Assert.Single(await LinesAsync(Day));
        Assert.Equal((LedgerEntryType.Settled, Settled.JobId, 420_000, Settled.Transaction), (line.Type, line.JobId, line.AmountAtomic, line.Transaction));
    }

    [Fact]
    public async Task Record_TheSameAgainOnAnotherDayInAnotherTransaction_AddsNothing()
    {
        // A reorganisation moved the payment past midnight between two runs of the activity.
        await RecordAsync(Settled);
        await RecordAsync(Settled with { At = Settled.At.AddDays(1), Transaction = "0x02", LogIndex = 9 });

        Assert.Equal(Settled, Assert.Single(await _reader.OfJobAsync(Settled.JobId, default)));
        Assert.Single(await LinesAsync(Day));
        Assert.Empty(await LinesAsync(Day.AddDays(1)));
    }

    [Fact]
    public async Task Record_CrashBetweenTheTwoRecords_TheRepeatMendsIt()
    {
        _records.Before = (_, name) => name.StartsWith("ledger/days/", StringComparison.Ordinal) ? throw new IOException("killed") : Task.CompletedTask;
        await Assert.ThrowsAsync<IOException>(() => RecordAsync(Settled));
        _records.Before = null;

        await RecordAsync(Settled with { At = Settled.At.AddDays(1) });

        Assert.Single(await LinesAsync(Day));
        Assert.Empty(await LinesAsync(Day.AddDays(1)));
    }

    [Fact]
    public async Task Record_EventsOfOneJobThatDiffer_AreAllThere()
    {
        var refund = Settled with { Type = LedgerEntryType.Refunded, Transaction = "0x03" };
        var cost = new LedgerEntry { Type = LedgerEntryType.ProviderCost, JobId = Settled.JobId, At = Settled.At, AmountAtomic = 200_000, Detail = "0-1" };
        foreach (var entry in new[] { Settled, refund, refund with { LogIndex = 7 }, cost, cost with { Detail = "1-1" } }) await RecordAsync(entry);

        Assert.Equal(5, (await _reader.OfJobAsync(Settled.JobId, default)).Count);
        Assert.Equal(5, (await LinesAsync(Day)).Length);
        Assert.Equal(2, await _reader.LinesAsync(Day, LedgerEntryType.ProviderCost, default).CountAsync());
        Assert.Equal(2, await _reader.RefundsByAsync("0x03", Day, Day, default).CountAsync());
        Assert.Empty(await _reader.RefundsByAsync("0x01", Day, Day, default).ToArrayAsync());
    }

    [Theory]
    [InlineData(LedgerEntryType.RefundSigned, true)]
    [InlineData(LedgerEntryType.Refunded, true)]
    [InlineData(LedgerEntryType.RefundBlocked, true)]
    [InlineData(LedgerEntryType.ProviderCost, false)]
    public async Task Record_Refund_NamesTheSettlementThatItUndoes(LedgerEntryType type, bool isLinked)
    {
        await RecordAsync(Settled);
        await RecordAsync(Settled with { Type = type });

        var entry = Assert.Single(await _reader.OfJobAsync(Settled.JobId, default), e => e.Type == type);
        Assert.Equal(isLinked ? $"{Settled.JobId}/Settled" : null, entry.LinkedEntry);
        Assert.Contains(RecordNames.LedgerEntries + "jobs/" + LedgerEntry.SettlementOf(Settled.JobId), _records.Names);
    }

    [Fact]
    public async Task Entries_ManyOfADay_AreAllReadInOrder()
    {
        for (var i = 0; i < 40; i++) await RecordAsync(Settled with { JobId = $"job_{i:d2}", AmountAtomic = i });

        Assert.Equal(Enumerable.Range(0, 40).Select(i => (long)i), await _reader.EntriesAsync(Day, default).Select(e => e.AmountAtomic).ToArrayAsync());
    }

    private static LedgerEntry Settled { get; } = new()
    {
        Type = LedgerEntryType.Settled,
        JobId = JobSamples.KeyJobId,
        At = new DateTimeOffset(2026, 11, 20, 23, 59, 59, TimeSpan.Zero),
        AmountAtomic = 420_000,
        Network = "eip155:8453",
        Asset = "0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913",
        Transaction = "0x01",
        LogIndex = 5,
        Block = 50,
        From = "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC",
        To = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8",
    };

    private Task RecordAsync(LedgerEntry entry) => _ledger.RecordAsync(entry, default);

    private Task<LedgerLine[]> LinesAsync(DateOnly day) => _reader.LinesAsync(day, type: null, default).ToArrayAsync().AsTask();
}
