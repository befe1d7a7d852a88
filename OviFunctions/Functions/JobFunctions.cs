using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using OviFunctions.Hosting;
using OviFunctions.Http;
using OviFunctions.Jobs;
using OviFunctions.Jobs.Batches;

namespace OviFunctions.Functions;

/// <summary>Reading and cancelling a job; free.</summary>
public sealed class JobFunctions(JobAccess access, JobReader reader, JobResources resources, BatchReader batches)
{
    private const int LongestWaitSeconds = 60;

    /// <summary><c>GET /v1/videos/jobs/{id}</c>; <c>Prefer: wait=N</c> waits up to N seconds for the job's end.</summary>
    [Function("GetJob")]
    public async Task<IResult> GetAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "v1/videos/jobs/{id}")] HttpRequest request,
        string id, [DurableClient] DurableTaskClient client, CancellationToken cancellationToken)
    {
        CrossOrigin.Allow(request.HttpContext.Response);
        if (!access.MayRead(request, id)) return JobAccess.NotFound.ToResult();
        var wait = WaitPreference(request);
        var job = await reader.WaitAsync(client, id, s => s.IsFinal, TimeSpan.FromSeconds(wait ?? 0), cancellationToken);
        if (job is null) return JobAccess.NotFound.ToResult();
        if (wait is { } seconds) request.HttpContext.Response.Headers["Preference-Applied"] = string.Create(CultureInfo.InvariantCulture, $"wait={seconds}");
        return Answer(request, await batches.WithItemsAsync(client, job, cancellationToken));
    }

    /// <summary><c>DELETE /v1/videos/jobs/{id}</c>: asks the job to stop. It may still deliver; the answer is the job as it stands.</summary>
    [Function("CancelJob")]
    public async Task<IResult> CancelAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "v1/videos/jobs/{id}")] HttpRequest request,
        string id, [DurableClient] DurableTaskClient client, CancellationToken cancellationToken)
    {
        CrossOrigin.Allow(request.HttpContext.Response);
        if (!access.MayRead(request, id)) return JobAccess.NotFound.ToResult();
        var delivery = await client.TryRaiseEventAsync(id, JobEvents.Cancel, "cancel", cancellationToken);
        var job = await reader.ReadAsync(client, id, cancellationToken);
        if (job is null) return JobAccess.NotFound.ToResult();
        if (delivery == EventDelivery.Unknown && !job.Status.IsFinal) return NotStarted.ToResult();
        job = await batches.WithItemsAsync(client, job, cancellationToken);
        return Answer(request, job, delivery == EventDelivery.Delivered && !job.Status.IsFinal ? StatusCodes.Status202Accepted : StatusCodes.Status200OK);
    }

    /// <summary>There is a claim and nobody yet who could be told; "accepted" would be a lie.</summary>
    private static Problem NotStarted { get; } = new(409, "job_not_started", "The job has not started yet.",
        "It cannot be cancelled in this moment. Wait and send the request again.") { RetryAction = RetryAction.WaitAndRetry, RetryAfterSeconds = 5 };

    private IResult Answer(HttpRequest request, JobView job, int status = StatusCodes.Status200OK)
    {
        var headers = request.HttpContext.Response.Headers;
        headers.CacheControl = "private, no-store";
        if (!job.Status.IsFinal) headers.RetryAfter = "2";
        return Results.Json(new JobEnvelope(resources.Make(job)), ApiJson.Options, statusCode: status);
    }

    /// <summary>RFC 7240 <c>wait</c>, limited to what we are willing to hold a request open.</summary>
    private static int? WaitPreference(HttpRequest request)
    {
        foreach (var preference in request.Headers["Prefer"].SelectMany(v => (v ?? "").Split([',', ';'], StringSplitOptions.TrimEntries)))
        {
            if (preference.StartsWith("wait=", StringComparison.OrdinalIgnoreCase)
                && int.TryParse(preference.AsSpan(5), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds))
                return Math.Min(seconds, LongestWaitSeconds);
        }

        return null;
    }
}
