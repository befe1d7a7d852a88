using Microsoft.Extensions.Logging;
using OviFunctions.Jobs;
using OviFunctions.Storage;

namespace OviFunctions.Payments.Facilitators;

/// <summary>A facilitator that lied.</summary>
/// <param name="Facilitator">Its name.</param>
/// <param name="JobId">The job whose payment it said it had settled.</param>
/// <param name="Transaction">The transaction that it named.</param>
/// <param name="At">When it was found out.</param>
/// <param name="PutBackAt">When the operator put it back into use; null while it is out of use.</param>
public sealed record FacilitatorLie(string Facilitator, string JobId, string Transaction, DateTimeOffset At, DateTimeOffset? PutBackAt = null);

/// <summary>A statement that does not fit what the chain shows, in blocks that can still be replaced.</summary>
public sealed record FacilitatorSuspicion(string JobId, SettleStatement Statement);

/// <summary>What stands against facilitators.</summary>
/// <param name="Lies">The last lie of each that ever told one.</param>
/// <param name="Suspicions">One for each that is under suspicion.</param>
public sealed record FacilitatorRecord(IReadOnlyList<FacilitatorLie> Lies, IReadOnlyList<FacilitatorSuspicion> Suspicions);

/// <summary>
/// Which facilitators are out of use, for all machines. One that lied gets no payment any more, new or admitted: what it was not
/// given is settled by others, or waits until its authorization can no longer be used or the operator puts the facilitator back.
/// </summary>
public sealed partial class FacilitatorTrust(IRecordStore records, TimeProvider clock, ILogger<FacilitatorTrust> logger)
{
    private readonly SharedRecord<FacilitatorRecord> _record = new(records, clock, RecordNames.Facilitators, new FacilitatorRecord([], []));

    /// <summary>The lies of those that are out of use.</summary>
    public async ValueTask<IReadOnlyList<FacilitatorLie>> OutOfUseAsync(CancellationToken cancellationToken) =>
        [.. (await _record.ReadAsync(cancellationToken)).Lies.Where(lie => lie.PutBackAt is null)];

    /// <summary>What has to be looked at again when the chain is sure.</summary>
    public async ValueTask<IReadOnlyList<FacilitatorSuspicion>> SuspicionsAsync(CancellationToken cancellationToken) =>
        (await _record.ReadAsync(cancellationToken)).Suspicions;

    /// <summary>Remembers a statement that has to be looked at again.</summary>
    public Task SuspectAsync(FacilitatorSuspicion suspicion, CancellationToken cancellationToken) => _record.UpdateAsync(
        standing => standing.Suspicions.Any(known => known.Statement.Facilitator == suspicion.Statement.Facilitator)
            ? null
            : standing with { Suspicions = [.. standing.Suspicions, suspicion] },
        cancellationToken);

    /// <summary>The statement was true.</summary>
    public Task ClearAsync(FacilitatorSuspicion suspicion, CancellationToken cancellationToken) => _record.UpdateAsync(
        standing => standing.Suspicions.Contains(suspicion) ? standing with { Suspicions = [.. standing.Suspicions.Where(s => s != suspicion)] } : null,
        cancellationToken);

    /// <summary>Takes the facilitator out of use for a statement that was not so, unless the operator has forgiven it since.</summary>
    public async Task TakeOutAsync(string jobId, SettleStatement statement, CancellationToken cancellationToken)
    {
        var (name, transaction) = (statement.Facilitator, statement.Transaction);
        var (_, changed) = await _record.UpdateAsync(
            standing => standing.Lies.FirstOrDefault(lie => lie.Facilitator == name) is { } known && !(statement.At > known.PutBackAt)
                ? null
                : new FacilitatorRecord(
                    [.. standing.Lies.Where(lie => lie.Facilitator != name), new(name, jobId, transaction, clock.GetUtcNow())],
                    [.. standing.Suspicions.Where(suspicion => suspicion.Statement.Facilitator != name)]),
            cancellationToken);
        if (changed) Lied(logger, name, jobId, transaction);
    }

    /// <summary>The operator's decision to use it again.</summary>
    /// <returns>Whether it was out of use.</returns>
    public async Task<bool> PutBackAsync(string facilitator, CancellationToken cancellationToken)
    {
        var (_, changed) = await _record.UpdateAsync(
            standing => standing.Lies.Any(IsOut)
                ? standing with { Lies = [.. standing.Lies.Select(lie => IsOut(lie) ? lie with { PutBackAt = clock.GetUtcNow() } : lie)] }
                : null,
            cancellationToken);
        if (changed) PutBack(logger, facilitator);
        return changed;

        bool IsOut(FacilitatorLie lie) => lie.Facilitator == facilitator && lie.PutBackAt is null;
    }

    [LoggerMessage(2411, LogLevel.Critical,
        "Facilitator {Facilitator} said that it settled job {JobId} in {Transaction}, and the chain shows that it did not. It is out of use until the operator puts it back.")]
    private static partial void Lied(ILogger logger, string facilitator, string jobId, string transaction);

    [LoggerMessage(2412, LogLevel.Warning, "Facilitator {Facilitator} is in use again.")]
    private static partial void PutBack(ILogger logger, string facilitator);
}
