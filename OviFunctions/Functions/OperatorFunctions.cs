using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using OviFunctions.Activities;
using OviFunctions.Hosting;
using OviFunctions.Http;
using OviFunctions.Jobs;
using OviFunctions.Payments.Evm;
using OviFunctions.Payments.Reconciliation;
using OviFunctions.Payments.Refunds;
using OviFunctions.Sales;
using OviFunctions.Storage;
using static OviFunctions.Functions.OperatorExchange;

namespace OviFunctions.Functions;

/// <summary>What the operator does about sales, refunds and payers. Each call can be repeated and ends the same.</summary>
public sealed class OperatorFunctions(
    OperatorAccess access, SalesSwitch sales, DenyList denied, IRecordStore records, TimeProvider clock,
    ReconciliationRun? reconciliation = null, RefundPayments? payments = null)
{
    /// <summary><c>POST /v1/operator/sales/pause</c>, with a <c>reason</c> or without a body: no new orders; jobs go on.</summary>
    [Function("PauseSales")]
    public async Task<IResult> PauseAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "v1/operator/sales/pause")] HttpRequest request, CancellationToken cancellationToken)
    {
        if (access.WhyRefused(request) is { } refused) return refused.ToResult();
        if (await ReasonAsync(request, cancellationToken) is not { } reason) return BadBody.ToResult();
        await sales.PauseAsync(reason, cancellationToken);
        return await SalesStateAsync(request, cancellationToken);
    }

    /// <summary><c>POST /v1/operator/sales/resume</c>.</summary>
    [Function("ResumeSales")]
    public async Task<IResult> ResumeAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "v1/operator/sales/resume")] HttpRequest request, CancellationToken cancellationToken)
    {
        if (access.WhyRefused(request) is { } refused) return refused.ToResult();
        await sales.ResumeAsync(cancellationToken);
        return await SalesStateAsync(request, cancellationToken);
    }

    /// <summary><c>POST /v1/operator/reconcile</c>: looks at the chain now, instead of in its next two minutes.</summary>
    [Function("ReconcileNow")]
    public async Task<IResult> ReconcileAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "v1/operator/reconcile")] HttpRequest request,
        [DurableClient] DurableTaskClient client, CancellationToken cancellationToken)
    {
        if (access.WhyRefused(request) is { } refused) return refused.ToResult();
        if (reconciliation is null) return NotWatched.ToResult();
        if (await reconciliation.RunAsync(client, cancellationToken) is not null) return ChainUnreadable.ToResult();
        return Answer(request, new { watch = await reconciliation.CursorAsync(cancellationToken) });
    }

    /// <summary><c>POST /v1/operator/refunds/{jobId}/retry</c>: tries a refund that is due now, instead of after its pause.</summary>
    [Function("RetryRefund")]
    public async Task<IResult> RetryRefundAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "v1/operator/refunds/{jobId}/retry")] HttpRequest request,
        string jobId, [DurableClient] DurableTaskClient client, CancellationToken cancellationToken)
    {
        if (access.WhyRefused(request) is { } refused) return refused.ToResult();
        if (!JobIdentity.IsJobId(jobId)) return NoRefund.ToResult();
        var instance = JobIds.Refund(jobId);
        switch (await client.TryRaiseEventAsync(instance, JobEvents.RetryRefund, "operator", cancellationToken))
        {
            case EventDelivery.Delivered: return Answer(request, new { job_id = jobId, refund = "retried" }, StatusCodes.Status202Accepted);
            case EventDelivery.Finished:
                // What it has done is in its records, so that it can begin anew; one that came to its end by itself is done.
                return await client.GetInstanceAsync(instance, getInputsAndOutputs: true, cancellationToken) is { } ended
                    && ended.ReadInputAs<RefundInput>() is { } refund
                    && await client.TryReplaceFailedAsync(ended.Name, instance, refund, cancellationToken)
                        ? Answer(request, new { job_id = jobId, refund = "started" }, StatusCodes.Status202Accepted)
                        : Ended.ToResult();
            default:
                if (await DueAsync(jobId, cancellationToken) is not { } due) return NoRefund.ToResult();
                await RefundStarter.StartAsync(client, due, cancellationToken);
                return Answer(request, new { job_id = jobId, refund = "started" }, StatusCodes.Status202Accepted);
        }
    }

    /// <summary><c>POST /v1/operator/refunds/{jobId}/paid</c> with <c>transaction</c>: the operator has paid this refund himself.</summary>
    [Function("MarkRefundPaid")]
    public async Task<IResult> MarkPaidAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "v1/operator/refunds/{jobId}/paid")] HttpRequest request,
        string jobId, [DurableClient] DurableTaskClient client, CancellationToken cancellationToken)
    {
        if (access.WhyRefused(request) is { } refused) return refused.ToResult();
        if (!JobIdentity.IsJobId(jobId) || payments is null) return NoRefund.ToResult();
        if (await TextAsync(request, "transaction", cancellationToken) is not { Length: > 0 } text || !Bytes32.TryParse(text, out var transaction))
            return BadBody.ToResult();
        var result = await payments.RecordAsync(client, jobId, transaction, cancellationToken);
        return result.Problem is { } problem ? problem.ToResult() : Answer(request, result.Payment!);
    }

    /// <summary><c>POST /v1/operator/payers/{address}/block</c>, with a <c>reason</c> or without a body: nothing is taken from this wallet.</summary>
    [Function("BlockPayer")]
    public async Task<IResult> BlockPayerAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "v1/operator/payers/{address}/block")] HttpRequest request,
        string address, CancellationToken cancellationToken)
    {
        if (access.WhyRefused(request) is { } refused) return refused.ToResult();
        if (!EvmAddress.TryParse(address, out var payer)) return NoAddress.ToResult();
        if (await ReasonAsync(request, cancellationToken) is not { } reason) return BadBody.ToResult();
        await denied.BlockAsync(new DeniedPayer(payer.ToString(), reason, clock.GetUtcNow()), cancellationToken);
        var entry = await denied.FindAsync(payer, cancellationToken);
        return Answer(request, new { payer = payer.ToChecksumString(), blocked = entry is not null, reason = entry?.Reason, at = entry?.At });
    }

    /// <summary><c>DELETE</c> on the same: the wallet may buy again.</summary>
    [Function("UnblockPayer")]
    public async Task<IResult> UnblockPayerAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "v1/operator/payers/{address}/block")] HttpRequest request,
        string address, CancellationToken cancellationToken)
    {
        if (access.WhyRefused(request) is { } refused) return refused.ToResult();
        if (!EvmAddress.TryParse(address, out var payer)) return NoAddress.ToResult();
        await denied.UnblockAsync(payer, cancellationToken);
        return Answer(request, new { payer = payer.ToChecksumString(), blocked = false });
    }

    /// <summary>The refund of a job for which none was started.</summary>
    private async Task<RefundInput?> DueAsync(string jobId, CancellationToken cancellationToken)
    {
        var outcome = (await records.ReadAsync<OutcomeRecord>(RecordNames.Outcome(jobId), cancellationToken))?.Value;
        if (outcome?.Outcome != JobOutcome.RefundDue) return null;
        var claim = (await records.ReadAsync<Claim>(RecordNames.Claim(jobId), cancellationToken))?.Value;
        return claim?.Input.Payment is null ? null : JobRefunds.Of(claim.Input, outcome.Error);
    }

    private async Task<IResult> SalesStateAsync(HttpRequest request, CancellationToken cancellationToken) =>
        Answer(request, new { sales = PaymentsOverview.View(await sales.ReadAsync(cancellationToken)) });

    private static Problem BadBody { get; } = new(400, "invalid_body", "The body cannot be read.",
        $"It should be a JSON object: reason is a text of at most {MaxReason} characters, transaction is 0x and 64 hex digits.") { RetryAction = RetryAction.Abandon };

    private static Problem NotWatched { get; } = new(409, "chain_not_watched", "The chain is not watched.",
        "Operator:WatchChain is off, or there are no payment settings.") { RetryAction = RetryAction.Abandon };

    private static Problem ChainUnreadable { get; } = new(503, "chain_unavailable", "The chain could not be read.",
        "The node does not answer, or not what was asked; it is tried again by itself.") { RetryAction = RetryAction.WaitAndRetry, RetryAfterSeconds = 30 };

    private static Problem NoAddress { get; } = new(400, "invalid_address", "This is not a wallet's address.",
        "It should be 0x and 40 hex digits.") { RetryAction = RetryAction.Abandon };

    private static Problem NoRefund { get; } = new(404, "refund_not_found", "Nothing has to go back for this job.",
        "There is no refund of that job, and none is due.") { RetryAction = RetryAction.Abandon };

    private static Problem Ended { get; } = new(409, "refund_ended", "The refund has come to its end.",
        "It was paid, or the payment never came: GET /v1/operator/payments has its entries.") { RetryAction = RetryAction.Abandon };
}
