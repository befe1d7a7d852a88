using System.Text.Json.Serialization;
using OviFunctions.Admission;
using OviFunctions.Jobs;
using OviFunctions.Storage;

namespace OviFunctions.Payments.Refunds;

/// <summary>What may have to go back for one job.</summary>
public sealed record HeldRefund(long AmountAtomic, DateTimeOffset Since);

/// <summary>What may have to go back, by job: of paid jobs from before their claim until their money is decided.</summary>
public sealed record HeldRefunds(IReadOnlyDictionary<string, HeldRefund> Jobs)
{
    [JsonIgnore]
    public long Sum => Jobs.Values.Sum(held => held.AmountAtomic);
}

/// <summary>What was signed to go back on one day, by job.</summary>
public sealed record DayRefunds(IReadOnlyDictionary<string, long> Jobs)
{
    [JsonIgnore]
    public long Sum => Jobs.Values.Sum();
}

/// <summary>
/// Counts, for all machines, what may have to go back and what went back today. By job, so that each step can be repeated.
/// </summary>
public sealed class RefundReserve(IRecordStore records, TimeProvider clock)
{
    private static readonly DayRefunds NoneToday = new(new Dictionary<string, long>());

    private readonly SharedRecord<HeldRefunds> _held =
        new(records, clock, RecordNames.RefundReserve, new HeldRefunds(new Dictionary<string, HeldRefund>()));

    // One change at a time in this process: only machines then meet at the record.
    private readonly KeyedLock _turns = new();
    private Today? _today;
    private Today? _noOrderToday;

    /// <summary>What may have to go back, at most five seconds old.</summary>
    public ValueTask<HeldRefunds> ReadAsync(CancellationToken cancellationToken) => _held.ReadAsync(cancellationToken);

    /// <summary>What was signed to go back to buyers today, at most five seconds old.</summary>
    public async ValueTask<long> SpentTodayAsync(CancellationToken cancellationToken) => (await RecordOfToday(RefundReason.NotDelivered).ReadAsync(cancellationToken)).Sum;

    /// <summary>Holds a job's money, unless all that is held would come to more than a limit.</summary>
    /// <returns>Whether it is held, now or already.</returns>
    public async Task<bool> TryHoldAsync(string jobId, long amountAtomic, long limit, CancellationToken cancellationToken)
    {
        var since = clock.GetUtcNow();
        using var turn = await _turns.EnterAsync("held", cancellationToken);
        var (held, _) = await _held.UpdateAsync(all => all.Jobs.ContainsKey(jobId) || all.Sum + amountAtomic > limit ? null
            : new HeldRefunds(new Dictionary<string, HeldRefund>(all.Jobs) { [jobId] = new(amountAtomic, since) }), cancellationToken);
        return held.Jobs.ContainsKey(jobId);
    }

    /// <summary>Holds what is owed already, however much is held.</summary>
    public Task HoldAsync(string jobId, long amountAtomic, CancellationToken cancellationToken) =>
        TryHoldAsync(jobId, amountAtomic, long.MaxValue, cancellationToken);

    /// <summary>Lets go of jobs whose money is decided.</summary>
    public async Task ReleaseAsync(IReadOnlyCollection<string> jobIds, CancellationToken cancellationToken)
    {
        using var turn = await _turns.EnterAsync("held", cancellationToken);
        await _held.UpdateAsync(all => jobIds.Any(all.Jobs.ContainsKey)
            ? new HeldRefunds(all.Jobs.Where(held => !jobIds.Contains(held.Key)).ToDictionary())
            : null, cancellationToken);
    }

    /// <inheritdoc cref="ReleaseAsync(IReadOnlyCollection{string}, CancellationToken)"/>
    public Task ReleaseAsync(string jobId, CancellationToken cancellationToken) => ReleaseAsync([jobId], cancellationToken);

    /// <summary>Counts a refund to today's of its kind (of orders, of money without one), unless they would come to more than the day's cap.</summary>
    /// <returns>Whether it may be signed today.</returns>
    public async Task<bool> TrySpendAsync(RefundReason reason, string jobId, long amountAtomic, long cap, CancellationToken cancellationToken)
    {
        using var turn = await _turns.EnterAsync("day", cancellationToken);
        var (day, _) = await RecordOfToday(reason).UpdateAsync(all => all.Jobs.ContainsKey(jobId) || all.Sum + amountAtomic > cap ? null
            : new DayRefunds(new Dictionary<string, long>(all.Jobs) { [jobId] = amountAtomic }), cancellationToken);
        return day.Jobs.ContainsKey(jobId);
    }

    private SharedRecord<DayRefunds> RecordOfToday(RefundReason reason)
    {
        var date = DateOnly.FromDateTime(clock.GetUtcNow().UtcDateTime);
        return reason == RefundReason.NoOrder
            ? Of(ref _noOrderToday, RecordNames.RefundsOfNoOrder)
            : Of(ref _today, RecordNames.RefundsOf);

        SharedRecord<DayRefunds> Of(ref Today? known, Func<DateOnly, string> name)
        {
            if (known is not { } today || today.Date != date)
                known = today = new Today(date, new SharedRecord<DayRefunds>(records, clock, name(date), NoneToday));
            return today.Record;
        }
    }

    private sealed record Today(DateOnly Date, SharedRecord<DayRefunds> Record);
}
