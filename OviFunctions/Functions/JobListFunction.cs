using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using OviFunctions.Http.SignIn;

namespace OviFunctions.Functions;

/// <summary>
/// What a buyer gets back who lost an answer: his jobs with their tokens, and another webhook secret. By API key, or by a
/// sign-in with the paying wallet.
/// </summary>
public sealed class JobListFunction(BuyerEndpoint endpoint)
{
    /// <summary><c>GET /v1/videos/jobs?limit=20&amp;cursor=...</c>: the buyer's jobs, newest first.</summary>
    [Function("ListJobs")]
    public Task<IResult> ListAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "v1/videos/jobs")] HttpRequest request,
        [DurableClient] DurableTaskClient client, CancellationToken cancellationToken) =>
        endpoint.ListAsync(request, client, cancellationToken);

    /// <summary><c>POST /v1/videos/jobs/{id}/webhook-secret</c>: replaces the job's webhook secret.</summary>
    [Function("RotateWebhookSecret")]
    public Task<IResult> RotateAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "v1/videos/jobs/{id}/webhook-secret")] HttpRequest request,
        string id, [DurableClient] DurableTaskClient client, CancellationToken cancellationToken) =>
        endpoint.RotateWebhookSecretAsync(request, client, id, cancellationToken);
}
