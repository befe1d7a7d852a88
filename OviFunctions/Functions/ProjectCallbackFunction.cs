using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;
using OviFunctions.Hosting;
using OviFunctions.Http;
using OviFunctions.Jobs;
using OviFunctions.Orchestrations;
using OviFunctions.Providers;
using OviFunctions.Secrets;
using OviFunctions.Storage;

namespace OviFunctions.Functions;

/// <summary>
/// Where providers report that have one URL for all jobs of an account. The signature is checked, our own record tells whose the
/// job is, and its attempt is told to look.
/// </summary>
public sealed partial class ProjectCallbackFunction(ProviderCatalog providers, IRecordStore records, ILogger<ProjectCallbackFunction> logger)
{
    private const int MaxBodyBytes = 64 * 1024;

    [Function("ProviderProjectCallback")]
    public async Task<IResult> RunAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "v1/callbacks/{provider}")] HttpRequest request,
        string provider, [DurableClient] DurableTaskClient client, CancellationToken cancellationToken)
    {
        if (providers.Find(provider) is not { CallsBackToProject: true } known) return Results.NotFound();
        if (await BoundedBody.ReadAsync(request, MaxBodyBytes, cancellationToken) is not { } body)
            return Results.StatusCode(StatusCodes.Status413PayloadTooLarge);

        var headers = request.Headers.ToDictionary(h => h.Key.ToLowerInvariant(), h => h.Value.ToString());
        switch (await known.ReadCallbackAsync(new ProviderCallback(headers, body), cancellationToken))
        {
            case CallbackResult.Genuine genuine:
                var address = (await records.ReadAsync<CallbackAddress>(RecordNames.ProviderJob(provider, genuine.RequestId), cancellationToken))?.Value;
                // A project has more users than us, and the sender repeats for days what is not acknowledged: what is not ours is done with.
                if (address is null) return Results.Ok();
                var delivery = await client.TryRaiseEventAsync(
                    JobIds.Attempt(address.JobId, address.Lane), JobEvents.Callback, new CallbackSignal(address.Submit, genuine.RequestId), cancellationToken);
                Received(logger, address.JobId, address.Lane, provider, delivery);
                return Results.Ok();
            case CallbackResult.Refused refused:
                Refused(logger, provider, refused.Reason);
                return Results.Unauthorized();
            case var unknown: throw new InvalidOperationException($"{unknown.GetType().Name} is not a callback result.");
        }
    }

    [LoggerMessage(1203, LogLevel.Information, "Callback of {Provider}'s project for job {JobId}, lane {Lane}: {Delivery}.")]
    private static partial void Received(ILogger logger, string jobId, int lane, string provider, EventDelivery delivery);

    [LoggerMessage(1204, LogLevel.Warning, "A callback that claims to be from {Provider}'s project was refused: {Reason}.")]
    private static partial void Refused(ILogger logger, string provider, string reason);
}
