using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using OviFunctions.Activities;
using OviFunctions.Http;
using OviFunctions.Jobs;
using OviFunctions.Orchestrations;
using OviFunctions.Providers;
using OviFunctions.Storage;
using static OviFunctions.Functions.OperatorExchange;

namespace OviFunctions.Functions;

/// <summary>What the operator reads of one job: each submit with the provider's id of it, and the provider's own words, which buyers do not see.</summary>
public sealed class OperatorJobFunction(OperatorAccess access, IRecordStore records)
{
    /// <summary><c>GET /v1/operator/jobs/{jobId}</c>; of a batch's video by the item's id.</summary>
    [Function("OperatorJob")]
    public async Task<IResult> ReadAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "v1/operator/jobs/{jobId}")] HttpRequest request,
        string jobId, [DurableClient] DurableTaskClient client, CancellationToken cancellationToken)
    {
        if (access.WhyRefused(request) is { } refused) return refused.ToResult();
        var order = JobIdentity.IsItemId(jobId) ? JobIdentity.BatchOf(jobId) : jobId;
        if (!JobIdentity.IsJobId(order) || await records.ReadAsync<Claim>(RecordNames.Claim(order), cancellationToken) is null) return Unknown.ToResult();
        return Answer(request, new { job_id = jobId, submits = await SubmitsAsync(jobId, cancellationToken), attempts = await AttemptsAsync(client, jobId, cancellationToken) });
    }

    private async Task<List<SubmitLine>> SubmitsAsync(string jobId, CancellationToken cancellationToken)
    {
        var lines = new List<SubmitLine>();
        await foreach (var (name, _) in records.ListAsync(RecordNames.Submits(jobId), cancellationToken))
        {
            if ((await records.ReadAsync<SubmitIntent>(name, cancellationToken))?.Value is not { } submit) continue;
            lines.Add(new SubmitLine(
                name[RecordNames.Submits(jobId).Length..], submit.Provider, submit.IntendedAt.ToUnixTimeSeconds(),
                submit.Step is { } step ? Codes.Of(step.State) : "no_answer", submit.Step?.Job?.RequestId, submit.Step?.Reason, FailureOf(submit.Step?.Failure)));
        }

        return lines;
    }

    /// <summary>Lanes are started in their order, so the first that is not there is the end.</summary>
    private static async Task<List<AttemptLine>> AttemptsAsync(DurableTaskClient client, string jobId, CancellationToken cancellationToken)
    {
        var lines = new List<AttemptLine>();
        while (await client.GetInstanceAsync(JobIds.Attempt(jobId, lines.Count), getInputsAndOutputs: true, cancellationToken) is { } attempt)
        {
            var end = attempt.ReadOutputAs<AttemptEnd>();
            lines.Add(new AttemptLine(
                lines.Count, attempt.ReadInputAs<AttemptInput>()!.Provider, end is null ? Codes.Of(attempt.RuntimeStatus) : Codes.Of(end.State), FailureOf(end?.Failure)));
        }

        return lines;
    }

    private static FailureLine? FailureOf(ProviderFailure? failure) =>
        failure is null ? null : new FailureLine(Codes.Of(failure.Class), failure.Code, failure.Message);

    /// <param name="Submit">Lane and number.</param>
    /// <param name="RequestId">The provider's id of the job.</param>
    /// <param name="Reason">Why the answer is not known.</param>
    private sealed record SubmitLine(string Submit, string Provider, long IntendedAt, string State, string? RequestId, string? Reason, FailureLine? Failure);

    private sealed record AttemptLine(int Lane, string Provider, string State, FailureLine? Failure);

    /// <param name="Code">The provider's code, verbatim.</param>
    /// <param name="Message">The provider's words, without secrets.</param>
    private sealed record FailureLine(string Class, string? Code, string Message);

    private static Problem Unknown { get; } = new(404, "job_not_found", "There is no such job.",
        "Nothing was ordered under this id; GET /v1/operator/payments has those that were paid.") { RetryAction = RetryAction.Abandon };
}
