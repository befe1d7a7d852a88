using System.Globalization;
using Microsoft.DurableTask.Client;
using OviFunctions.Configuration;
using OviFunctions.Http;
using OviFunctions.Jobs;
using OviFunctions.Sales;
using OviFunctions.Storage;

namespace OviFunctions.Admission;

/// <summary>What an API key has used, for all machines.</summary>
public sealed record ApiKeyRecord
{
    public static ApiKeyRecord Empty { get; } = new();

    /// <summary>The day (UTC) of <see cref="SpentAtomic"/>.</summary>
    public DateOnly Day { get; init; }

    /// <summary>The prices of that day's jobs that are known to have been delivered, in atomic units.</summary>
    public long SpentAtomic { get; init; }

    /// <summary>Jobs that ran when somebody looked last.</summary>
    public IReadOnlyList<ApiKeyJob> Running { get; init; } = [];
}

/// <summary>A job of an API key, from before its claim until somebody looks and it has ended.</summary>
public sealed record ApiKeyJob(string JobId, long PriceAtomic, DateTimeOffset At)
{
    /// <summary>How many videos it makes: a batch's count one by one.</summary>
    public int Videos { get; init; } = 1;
}

/// <summary>
/// An API key's daily budget and concurrency. A job's price is reserved before its claim; what ended without a delivery
/// costs nothing. That is found out when a limit is reached: until then nobody needs to know, and an order costs one write.
/// </summary>
public sealed class ApiKeyAllowance(IRecordStore records, JobReader reader, TimeProvider clock)
{
    /// <summary>After this time, a job without a claim is an admission that broke off.</summary>
    private static readonly TimeSpan LongestAdmission = TimeSpan.FromHours(1);

    /// <summary>Reserves a job; one that is reserved stays so.</summary>
    /// <returns>Why it may not be ordered; nothing was written then.</returns>
    public async Task<AdmissionResult.Refused?> ReserveAsync(
        ApiKeySettings key, string jobId, long priceAtomic, int videos, DurableTaskClient client, CancellationToken cancellationToken)
    {
        return (await SharedDecision.MakeAsync<ApiKeyRecord>(
            records, RecordNames.ApiKey(JobIdentity.BuyerPrefix(jobId)), ApiKeyRecord.Empty, DecideAsync, cancellationToken)).Refusal;

        async Task<Decision<ApiKeyRecord>> DecideAsync(ApiKeyRecord used)
        {
            if (used.Running.Any(job => job.JobId == jobId)) return default;
            var now = clock.GetUtcNow();
            if (used.Day != DayOf(now)) used = used with { Day = DayOf(now), SpentAtomic = 0 };
            var job = new ApiKeyJob(jobId, priceAtomic, now) { Videos = videos };
            if (WhyNot(key, used, job) is not null) used = await WithoutEndedAsync(used, client, cancellationToken);
            if (WhyNot(key, used, job) is { } problem) return new AdmissionResult.Refused(problem);
            return used with { Running = [.. used.Running, job] };
        }
    }

    private Problem? WhyNot(ApiKeySettings key, ApiKeyRecord used, ApiKeyJob next)
    {
        var budget = (long)(key.DailyBudgetUsdc * 1_000_000);
        var reserved = used.Running.Where(job => DayOf(job.At) == used.Day).Sum(job => job.PriceAtomic);
        if (used.SpentAtomic + reserved + next.PriceAtomic > budget) return BudgetSpent(key, clock.SecondsToMidnight());
        return used.Running.Sum(running => running.Videos) + next.Videos > key.MaxRunning ? TooManyRunning(key) : null;
    }

    private async Task<ApiKeyRecord> WithoutEndedAsync(ApiKeyRecord used, DurableTaskClient client, CancellationToken cancellationToken)
    {
        var running = new List<ApiKeyJob>();
        var spent = used.SpentAtomic;
        foreach (var job in used.Running)
        {
            var view = await reader.ReadAsync(client, job.JobId, cancellationToken);
            var hasEnded = view?.Status.IsFinal ?? clock.GetUtcNow() - job.At > LongestAdmission;
            if (!hasEnded) running.Add(job);
            else if (view?.Status.State == JobState.Succeeded && DayOf(job.At) == used.Day) spent += job.PriceAtomic - (view.Status.Batch?.DueBackAtomic ?? 0);
        }

        return used with { SpentAtomic = spent, Running = running };
    }

    private static DateOnly DayOf(DateTimeOffset at) => DateOnly.FromDateTime(at.UtcDateTime);

    private static Problem BudgetSpent(ApiKeySettings key, int secondsLeft) => new(
        429, "api_key_budget_spent", "The API key's budget of the day is spent.",
        string.Create(CultureInfo.InvariantCulture, $"Its jobs of a day (UTC) may cost {key.DailyBudgetUsdc} USDC. Jobs that fail are given back."))
    {
        RetryAction = RetryAction.WaitAndRetry, RetryAfterSeconds = secondsLeft,
    };

    private static Problem TooManyRunning(ApiKeySettings key) => new(
        429, "api_key_busy", "Too many jobs of this API key are running.",
        string.Create(CultureInfo.InvariantCulture, $"At most {key.MaxRunning} may run at once; each video of a batch counts. Wait until one has ended."))
    {
        RetryAction = RetryAction.WaitAndRetry, RetryAfterSeconds = 5,
    };
}
