using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using OviFunctions.Http;
using OviFunctions.Jobs;
using OviFunctions.Payments.Ledger;
using OviFunctions.Payments.Reconciliation;

namespace OviFunctions.Functions;

/// <summary>What the operator reads about the money: days in UTC, <c>from</c> and <c>to</c> included.</summary>
public sealed class OperatorPaymentsFunctions(OperatorAccess access, PaymentsOverview overview, LedgerReader ledger, TimeProvider clock)
{
    private const int UsualLimit = 100;
    private const int HighestLimit = 1000;
    private const int MostDays = 92;
    private const int MostDaysOfCsv = 366;

    /// <summary><c>GET /v1/operator/payments?from=2026-11-01&amp;to=2026-11-30&amp;limit=100&amp;cursor=...</c>; the last seven days when not said otherwise.</summary>
    [Function("OperatorPayments")]
    public async Task<IResult> PaymentsAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "v1/operator/payments")] HttpRequest request, CancellationToken cancellationToken)
    {
        if (access.WhyRefused(request) is { } refused) return refused.ToResult();
        if (Days(request, MostDays) is not { } days) return BadQuery(MostDays).ToResult();
        var limit = UsualLimit;
        if (request.Query["limit"].ToString() is { Length: > 0 } wanted
            && !(int.TryParse(wanted, NumberStyles.None, CultureInfo.InvariantCulture, out limit) && limit is >= 1 and <= HighestLimit))
            return BadQuery(MostDays).ToResult();
        if (!TryReadCursor(request.Query["cursor"].ToString(), out var after)) return BadQuery(MostDays).ToResult();

        var view = await overview.ReadAsync(days.From, days.To, after, limit, cancellationToken);
        request.HttpContext.Response.Headers.CacheControl = "no-store";
        return Results.Json(view with { NextCursor = view.NextCursor is { } next ? Base64Url.EncodeToString(Encoding.UTF8.GetBytes(next)) : null }, ApiJson.Options);
    }

    /// <summary><c>GET /v1/operator/payments.csv?from=...&amp;to=...</c>: the ledger's entries, line by line as they are read.</summary>
    [Function("OperatorPaymentsCsv")]
    public IResult Csv(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "v1/operator/payments.csv")] HttpRequest request, CancellationToken cancellationToken)
    {
        if (access.WhyRefused(request) is { } refused) return refused.ToResult();
        if (Days(request, MostDaysOfCsv) is not { } days) return BadQuery(MostDaysOfCsv).ToResult();
        var headers = request.HttpContext.Response.Headers;
        headers.CacheControl = "no-store";
        headers.XContentTypeOptions = "nosniff";
        headers.ContentDisposition = FormattableString.Invariant($"attachment; filename=\"payments-{days.From:yyyy-MM-dd}-{days.To:yyyy-MM-dd}.csv\"");
        return Results.Stream(body => WriteCsvAsync(body, days.From, days.To, cancellationToken), "text/csv; charset=utf-8; header=present");
    }

    private async Task WriteCsvAsync(Stream body, DateOnly from, DateOnly to, CancellationToken cancellationToken)
    {
        await using var writer = new StreamWriter(body, new UTF8Encoding(false), leaveOpen: true);
        await writer.WriteAsync(LedgerCsv.Header.AsMemory(), cancellationToken);
        for (var day = from; day <= to; day = day.AddDays(1))
        {
            await foreach (var entry in ledger.EntriesAsync(day, cancellationToken))
                await writer.WriteAsync(LedgerCsv.LineOf(entry).AsMemory(), cancellationToken);
        }
    }

    private (DateOnly From, DateOnly To)? Days(HttpRequest request, int most)
    {
        var today = DateOnly.FromDateTime(clock.GetUtcNow().UtcDateTime);
        if (Day(request.Query["to"].ToString(), today) is not { } to
            || Day(request.Query["from"].ToString(), to.DayNumber > 6 ? to.AddDays(-6) : to) is not { } from) return null;
        return from <= to && to.DayNumber - from.DayNumber < most && to.DayNumber < DateOnly.MaxValue.DayNumber - 1 ? (from, to) : null;
    }

    private static DateOnly? Day(string text, DateOnly otherwise) => text.Length == 0 ? otherwise
        : DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) ? day
        : null;

    private static bool TryReadCursor(string text, out string? after)
    {
        after = null;
        if (text.Length == 0) return true;
        if (text.Length > 1024 || !Base64Url.IsValid(text)) return false;
        after = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(text));
        return after.StartsWith(RecordNames.LedgerEntries, StringComparison.Ordinal);
    }

    private static Problem BadQuery(int most) => new(400, "invalid_query", "The query cannot be read.",
        $"from and to are days as 2026-11-20, at most {most} of them; limit is 1 to {HighestLimit}; cursor is next_cursor of the answer before.")
    {
        RetryAction = RetryAction.Abandon,
    };
}
