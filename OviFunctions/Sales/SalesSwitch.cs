using Microsoft.Extensions.Logging;
using OviFunctions.Http;
using OviFunctions.Jobs;
using OviFunctions.Storage;

namespace OviFunctions.Sales;

/// <summary>Whether new orders are taken, for all machines.</summary>
/// <param name="PausedFor">Why not; null while they are.</param>
/// <param name="At">Since when.</param>
public sealed record SalesState(string? PausedFor, DateTimeOffset At);

/// <summary>Stops and resumes the sale of new jobs, by the operator or by a brake. Jobs that were admitted go on.</summary>
public sealed partial class SalesSwitch(IRecordStore records, TimeProvider clock, ILogger<SalesSwitch> logger) : ISalesGate
{
    private readonly SharedRecord<SalesState> _state = new(records, clock, RecordNames.Sales, new SalesState(null, DateTimeOffset.MinValue));

    public ValueTask<SalesState> ReadAsync(CancellationToken cancellationToken) => _state.ReadAsync(cancellationToken);

    /// <summary>Stops sales; the first reason stays.</summary>
    /// <param name="reason">For the operator; buyers are not told.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task PauseAsync(string reason, CancellationToken cancellationToken)
    {
        var (_, changed) = await _state.UpdateAsync(s => s.PausedFor is null ? new SalesState(reason, clock.GetUtcNow()) : null, cancellationToken);
        if (changed) Paused(logger, reason);
    }

    public async Task ResumeAsync(CancellationToken cancellationToken)
    {
        var (_, changed) = await _state.UpdateAsync(s => s.PausedFor is null ? null : new SalesState(null, clock.GetUtcNow()), cancellationToken);
        if (changed) Resumed(logger);
    }

    /// <inheritdoc/>
    public async ValueTask<Problem?> WhyClosedAsync(Sale sale, CancellationToken cancellationToken) =>
        (await _state.ReadAsync(cancellationToken)).PausedFor is null ? null : ClosedForSale;

    internal static Problem ClosedForSale { get; } = new(503, "sales_paused", "No new orders are taken at the moment.",
        "Nothing was charged. Jobs that were ordered before go on; send the identical request again later.")
    {
        RetryAction = RetryAction.RetrySamePayment, PaymentState = PaymentState.Unused, RetryAfterSeconds = 60,
    };

    [LoggerMessage(1501, LogLevel.Critical, "Sales are paused: {Reason}. The operator can resume them.")]
    private static partial void Paused(ILogger logger, string reason);

    [LoggerMessage(1502, LogLevel.Warning, "Sales are resumed.")]
    private static partial void Resumed(ILogger logger);
}
