using System.Text.Json.Serialization;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging;
using OviFunctions.Jobs;
using OviFunctions.Payments.Facilitators;
using OviFunctions.Payments.X402;

namespace OviFunctions.Activities;

/// <param name="Attempt">From 0; later ones go to other facilitators.</param>
public sealed record SettlePaymentInput(string JobId, string Model, JobPayment Payment, int Attempt);

/// <summary>What a facilitator said; an opinion, not a fact.</summary>
/// <param name="Code">Its code when it said no and gave one that is fit to show.</param>
public sealed record SettleReport(string? Code)
{
    /// <summary>Its word when it said yes; the chain will show whether it was true.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public SettleStatement? Statement { get; init; }
}

/// <summary>Asks a facilitator to move the money. Asking again is safe: the nonce works once.</summary>
public sealed partial class SettlePayment(FacilitatorPool facilitators, VideoModels models, TimeProvider clock, ILogger<SettlePayment> logger)
{
    [Function(nameof(SettlePayment))]
    public async Task<SettleReport> Run([ActivityTrigger] SettlePaymentInput input, CancellationToken cancellationToken)
    {
        var payment = input.Payment;
        // The payee and price of the quote, which may have changed since.
        var requirement = new PaymentRequirement(
            payment.Network, payment.PayTo, payment.Authorization.Transfer.Value, payment.MaxTimeoutSeconds);
        if (await facilitators.NextAsync(input.Attempt, hasResource: true, payment.VerifiedBy, cancellationToken) is not { } facilitator)
        {
            NobodyToAsk(logger, input.JobId, input.Attempt);
            return new SettleReport(Code: null);
        }

        var outcome = await facilitator.SettleAsync(payment.Authorization, requirement, models[input.Model].Resource, cancellationToken);
        Asked(logger, input.JobId, input.Attempt, facilitator.Name, outcome.GetType().Name);
        return new SettleReport(outcome is SettleOutcome.Refused { Code: not FacilitatorCodes.Unspecified } refused ? refused.Code : null)
        {
            Statement = outcome is SettleOutcome.Settled settled
                ? new SettleStatement(facilitator.Name, settled.Transaction.ToString(), clock.GetUtcNow())
                : null,
        };
    }

    [LoggerMessage(2201, LogLevel.Information, "Settlement of job {JobId}, attempt {Attempt} at {Facilitator}: {Outcome}. The chain decides.")]
    private static partial void Asked(ILogger logger, string jobId, int attempt, string facilitator, string outcome);

    [LoggerMessage(2202, LogLevel.Error, "Settlement of job {JobId}, attempt {Attempt}: there is no facilitator that may be asked. The job waits.")]
    private static partial void NobodyToAsk(ILogger logger, string jobId, int attempt);
}
