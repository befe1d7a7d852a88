using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;
using OviFunctions.Http.RateLimits;
using OviFunctions.Jobs;
using OviFunctions.Secrets;
using OviFunctions.Storage;

namespace OviFunctions.Http.SignIn;

/// <summary>A page of a buyer's jobs.</summary>
/// <param name="Jobs">Newest first; each with its token.</param>
/// <param name="NextCursor">Gives the next page; null at the end.</param>
public sealed record JobListEnvelope(IReadOnlyList<JobEnvelope> Jobs, string? NextCursor);

/// <summary>What is shown to a known buyer, over HTTP.</summary>
public sealed partial class BuyerEndpoint(
    BuyerAccess access, SignInChallenge challenge, RateLimits.RateLimits limits, JobList list, JobReader reader, JobResources resources,
    JobSecrets secrets, WebhookSecrets webhookSecrets, ILogger<BuyerEndpoint> logger)
{
    private const int DefaultLimit = 20;
    private const int MaxLimit = 100;

    /// <summary>The buyer's jobs.</summary>
    public Task<IResult> ListAsync(HttpRequest request, DurableTaskClient client, CancellationToken cancellationToken) =>
        AnswerAsync(request, async () =>
        {
            if (!TryReadLimit(request, out var limit)) return BadLimit.ToResult();
            var (buyer, problem) = await IdentifyAsync(request, cancellationToken);
            if (buyer is null) return challenge.Refuse(request, problem!);
            var cursor = request.Query["cursor"];
            var page = await list.ReadAsync(client, buyer, limit, cursor.Count == 0 ? null : cursor.ToString(), cancellationToken);
            return page is null
                ? BadCursor.ToResult()
                : Results.Json(new JobListEnvelope([.. page.Jobs.Select(Show)], page.NextCursor), ApiJson.Options);
        });

    /// <summary>Replaces the webhook secret of one of the buyer's jobs.</summary>
    public Task<IResult> RotateWebhookSecretAsync(HttpRequest request, DurableTaskClient client, string jobId, CancellationToken cancellationToken) =>
        AnswerAsync(request, async () =>
        {
            var (buyer, problem) = await IdentifyAsync(request, cancellationToken);
            if (buyer is null) return challenge.Refuse(request, problem!);
            if (!JobIdentity.IsJobId(jobId) || await reader.ReadAsync(client, jobId, cancellationToken) is not { } job || !buyer.Owns(job.Input))
                return NotYours.ToResult();
            var secret = await webhookSecrets.RotateAsync(jobId, cancellationToken);
            return Results.Json(Show(job) with { WebhookSecret = secret.Reveal() }, ApiJson.Options);
        });

    /// <summary>Who asks. Sign-ins are counted: any wallet can make them, and each leaves a nonce or asks the wallet's contract.</summary>
    private async Task<(Buyer? Buyer, Problem? Problem)> IdentifyAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        if (request.Headers.ContainsKey(SignInHeader.Name))
        {
            var quota = limits.Of(request.HttpContext);
            var busy = quota.TakeAddress();
            quota.WriteTo(request.HttpContext.Response);
            if (busy is not null) return (null, busy with { PaymentState = null });
        }

        return await access.IdentifyAsync(request, cancellationToken);
    }

    private async Task<IResult> AnswerAsync(HttpRequest request, Func<Task<IResult>> answer)
    {
        var response = request.HttpContext.Response;
        CrossOrigin.Allow(response);
        response.Headers.CacheControl = "private, no-store";
        response.Headers.Vary = $"{SignInHeader.Name}, Authorization";
        try
        {
            return await answer();
        }
        catch (Exception e) when (StorageOutage.Is(e))
        {
            StorageFailed(logger, e.GetType().Name);
            return StorageTrouble.ToResult();
        }
    }

    private JobEnvelope Show(JobView job) =>
        new(resources.Make(job)) { JobToken = secrets.JobToken(job.Input.KeyId, job.Input.JobId) };

    private static bool TryReadLimit(HttpRequest request, out int limit)
    {
        limit = DefaultLimit;
        var asked = request.Query["limit"];
        return asked.Count == 0
            || (int.TryParse(asked, NumberStyles.None, CultureInfo.InvariantCulture, out limit) && limit is >= 1 and <= MaxLimit);
    }

    private static Problem BadLimit { get; } = new(400, "invalid_limit", "The limit cannot be used.",
        $"Send one limit between 1 and {MaxLimit}, or none for {DefaultLimit}.") { RetryAction = RetryAction.Abandon };

    private static Problem BadCursor { get; } = new(400, "invalid_cursor", "The cursor cannot be used.",
        "Send the next_cursor of the page before exactly as it was, by the same buyer, or none for the first page.") { RetryAction = RetryAction.Abandon };

    private static Problem NotYours { get; } = new(404, "job_not_found", "There is no such job.", "The job does not exist, or somebody else ordered it.");

    private static Problem StorageTrouble { get; } = new(503, "storage_unavailable", "The jobs could not be read at the moment.",
        "Wait and send the request again; a wallet signs in anew.") { RetryAction = RetryAction.WaitAndRetry, RetryAfterSeconds = 5 };

    [LoggerMessage(1401, LogLevel.Error, "A buyer's jobs could not be read: {Failure}.")]
    private static partial void StorageFailed(ILogger logger, string failure);
}
