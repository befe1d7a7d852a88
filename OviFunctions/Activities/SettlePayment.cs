using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging;
using OviFunctions.Jobs;
using OviFunctions.Payments.Evm;
using OviFunctions.Payments.Facilitators;
using OviFunctions.Payments.X402;

namespace OviFunctions.Activities;

/// <param name="Attempt">From 0; later ones go to other facilitators.</param>
public sealed record SettlePaymentInput(string JobId, string Model, JobPayment Payment, int Attempt);

/// <summary>What a facilitator said; an opinion, not a fact.</summary>
/// <param name="Code">Its code when it said no and gave one that is fit to show.</param>
public sealed record SettleReport(string? Code);

/// <summary>Asks a facilitator to move the money. Asking again is safe: the nonce works once.</summary>
public sealed partial class SettlePayment(FacilitatorPool facilitators, VideoModels models, ILogger<SettlePayment> logger)
{
    [Function(nameof(SettlePayment))]
    public async Task<SettleReport> Run([ActivityTrigger] SettlePaymentInput input, CancellationToken cancellationToken)
    {
        var payment = input.Payment;
        // The payee and price of the quote, which may have changed since.
        var requirement = new PaymentRequirement(
            payment.Network, payment.PayTo, payment.Authorization.Transfer.Value, payment.MaxTimeoutSeconds);
        var outcome = await facilitators.SettleAsync(
            input.Attempt, payment.Authorization, requirement, models[input.Model].Resource, cancellationToken);
        Asked(logger, input.JobId, input.Attempt, outcome.GetType().Name);
        return new SettleReport(outcome is SettleOutcome.Refused { Code: not FacilitatorCodes.Unspecified } refused ? refused.Code : null);
    }

    [LoggerMessage(2201, LogLevel.Information, "Settlement of job {JobId}, attempt {Attempt}: {Outcome}. The chain decides.")]
    private static partial void Asked(ILogger logger, string jobId, int attempt, string outcome);
}
