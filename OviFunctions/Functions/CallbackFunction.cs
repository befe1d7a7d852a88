using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;
using OviFunctions.Activities;
using OviFunctions.Hosting;
using OviFunctions.Http;
using OviFunctions.Jobs;
using OviFunctions.Orchestrations;
using OviFunctions.Providers;
using OviFunctions.Secrets;

namespace OviFunctions.Functions;

/// <summary>
/// Where providers report. The token in the path names the attempt and binds it to the provider; the provider's
/// signature is checked; then the attempt is told to look. Nothing in the body is believed but the request id.
/// </summary>
public sealed partial class CallbackFunction(ProviderCatalog providers, JobSecrets secrets, LostSubmits lost, ILogger<CallbackFunction> logger)
{
    private const int MaxBodyBytes = 1024 * 1024;

    [Function("ProviderCallback")]
    public async Task<IResult> RunAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "v1/callbacks/{provider}/{token}")] HttpRequest request,
        string provider, string token, [DurableClient] DurableTaskClient client, CancellationToken cancellationToken)
    {
        if (providers.Find(provider) is not { } known || !secrets.TryReadCallbackToken(token, provider, out var address))
            return Results.NotFound();
        if (await BoundedBody.ReadAsync(request, MaxBodyBytes, cancellationToken) is not { } body)
            return Results.StatusCode(StatusCodes.Status413PayloadTooLarge);

        var headers = request.Headers.ToDictionary(h => h.Key.ToLowerInvariant(), h => h.Value.ToString());
        switch (await known.ReadCallbackAsync(new ProviderCallback(headers, body), cancellationToken))
        {
            case CallbackResult.Genuine genuine:
                var delivery = await client.TryRaiseEventAsync(
                    JobIds.Attempt(address.JobId, address.Lane), JobEvents.Callback, new CallbackSignal(address.Submit, genuine.RequestId), cancellationToken);
                Received(logger, address.JobId, address.Lane, provider, delivery);
                // A provider repeats what is not acknowledged: right for an attempt that is not there yet, wrong for one that has ended.
                if (delivery == EventDelivery.Unknown) return Results.NotFound();
                await lost.FoundAsync(address, isTooLate: delivery == EventDelivery.Finished, cancellationToken);
                return Results.Ok();
            case CallbackResult.Refused refused:
                Refused(logger, address.JobId, provider, refused.Reason);
                return Results.Unauthorized();
            case var unknown: throw new InvalidOperationException($"{unknown.GetType().Name} is not a callback result.");
        }
    }

    [LoggerMessage(1201, LogLevel.Information, "Callback for job {JobId}, lane {Lane}, from {Provider}: {Delivery}.")]
    private static partial void Received(ILogger logger, string jobId, int lane, string provider, EventDelivery delivery);

    [LoggerMessage(1202, LogLevel.Warning, "A callback for job {JobId} that claims to be from {Provider} was refused: {Reason}.")]
    private static partial void Refused(ILogger logger, string jobId, string provider, string reason);
}
