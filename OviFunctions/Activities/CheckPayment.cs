using System.Text.Json.Serialization;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging;
using OviFunctions.Jobs;
using OviFunctions.Payments.Chain;
using OviFunctions.Payments.Facilitators;
using OviFunctions.Payments.Ledger;

namespace OviFunctions.Activities;

public sealed record CheckPaymentInput(string JobId, JobPayment Payment)
{
    /// <summary>Which facilitators said that it is settled; null when none did.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<SettleStatement>? Statements { get; init; }
}

/// <summary>What the chain shows.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<PaymentProofState>))]
public enum PaymentProofState
{
    Undecided,
    Paid,
    UnpaidForGood,
}

/// <param name="Transaction">The transaction that paid.</param>
public sealed record PaymentProof(PaymentProofState State, string? Transaction = null)
{
    /// <summary>The chain's head, when facilitators' statements were compared with it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ulong? Head { get; init; }
}

/// <summary>Looks once whether the chain shows a payment, or shows that it can never come. What is paid stands in the ledger.</summary>
public sealed partial class CheckPayment(
    SettlementProof proof, SettledMoney settled, FacilitatorJudge judge, ILogger<CheckPayment> logger)
{
    [Function(nameof(CheckPayment))]
    public async Task<PaymentProof> Run([ActivityTrigger] CheckPaymentInput input, CancellationToken cancellationToken)
    {
        var payment = input.Payment;
        var evidence = await proof.EvaluateAsync(
            payment.Network.Usdc, payment.Authorization.Transfer, payment.ClaimBlock, BlockTag.Latest, cancellationToken);
        var head = input.Statements is { Count: > 0 } statements
            ? await judge.JudgeAsync(input.JobId, payment, statements, evidence, cancellationToken)
            : null;
        switch (evidence)
        {
            case SettlementEvidence.Paid paid:
                var facilitator = input.Statements?.LastOrDefault(said => said.Transaction == paid.Transaction.ToString())?.Facilitator;
                if (await settled.RecordAsync(
                    input.JobId, payment.Network, payment.Authorization.Transfer, paid, facilitator, cancellationToken) is { } unread)
                {
                    Undecided(logger, input.JobId, unread.Reason);
                    return new PaymentProof(PaymentProofState.Undecided);
                }

                Paid(logger, input.JobId, paid.Transaction.ToString(), paid.BlockNumber);
                return new PaymentProof(PaymentProofState.Paid, paid.Transaction.ToString());
            case SettlementEvidence.UnpaidForGood unpaid:
                Unpaid(logger, input.JobId, unpaid.Reason);
                return new PaymentProof(PaymentProofState.UnpaidForGood);
            case SettlementEvidence.Undecided undecided:
                Undecided(logger, input.JobId, undecided.Reason);
                return new PaymentProof(PaymentProofState.Undecided) { Head = head };
            case var unknown: throw new InvalidOperationException($"{unknown.GetType().Name} is not settlement evidence.");
        }
    }

    [LoggerMessage(2211, LogLevel.Information, "Job {JobId} is paid: transaction {Transaction} in block {Block}.")]
    private static partial void Paid(ILogger logger, string jobId, string transaction, ulong block);

    [LoggerMessage(2212, LogLevel.Warning, "Job {JobId} can no longer be paid: {Reason}.")]
    private static partial void Unpaid(ILogger logger, string jobId, string reason);

    [LoggerMessage(2213, LogLevel.Information, "The chain does not show yet whether job {JobId} is paid: {Reason}.")]
    private static partial void Undecided(ILogger logger, string jobId, string reason);
}
