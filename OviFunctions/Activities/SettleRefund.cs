using System.Text.Json.Serialization;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging;
using OviFunctions.Payments.Facilitators;
using OviFunctions.Payments.Refunds;
using OviFunctions.Payments.X402;

namespace OviFunctions.Activities;

/// <param name="Attempt">From 0; later ones go to other facilitators.</param>
public sealed record SettleRefundInput(string JobId, int Attempt);

/// <summary>What became of the wish to pay.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<SettleRefundState>))]
public enum SettleRefundState
{
    /// <summary>A facilitator was asked. What it said is not believed.</summary>
    Asked,

    /// <summary>The payer may not be paid now.</summary>
    Blocked,
}

/// <summary>Asks a facilitator to carry out the recorded authorization, and never another one. The nonce works once.</summary>
public sealed partial class SettleRefund(RefundBook book, RefundBarrier barrier, FacilitatorPool facilitators, ILogger<SettleRefund> logger)
{
    /// <summary>How long a facilitator may think that the offer stood.</summary>
    private const int MaxTimeoutSeconds = 600;

    [Function(nameof(SettleRefund))]
    public async Task<SettleRefundState> Run([ActivityTrigger] SettleRefundInput input, CancellationToken cancellationToken)
    {
        if (await book.ReadAsync(input.JobId, cancellationToken) is not { Authorization: { } signed } record)
            throw new InvalidOperationException($"No refund of {input.JobId} is signed.");
        var refund = record.Refund;
        var permission = await barrier.LookAsync(refund, cancellationToken);
        if (permission.Reason is { } reason)
        {
            await book.BlockAsync(refund, reason, cancellationToken);
            return SettleRefundState.Blocked;
        }

        if (permission.Certain && record.State == RefundState.Blocked) await book.UnblockAsync(input.JobId, cancellationToken);
        var requirement = new PaymentRequirement(refund.Network, signed.Transfer.To, signed.Transfer.Value, MaxTimeoutSeconds);
        var outcome = await facilitators.SettleAsync(input.Attempt, signed, requirement, resource: null, cancellationToken);
        Asked(logger, input.JobId, input.Attempt, outcome.GetType().Name);
        return SettleRefundState.Asked;
    }

    [LoggerMessage(2502, LogLevel.Information, "The refund of job {JobId}, attempt {Attempt}: {Outcome}. The chain decides.")]
    private static partial void Asked(ILogger logger, string jobId, int attempt, string outcome);
}
