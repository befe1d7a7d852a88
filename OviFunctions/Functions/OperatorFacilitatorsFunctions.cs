using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using OviFunctions.Http;
using OviFunctions.Payments.Facilitators;
using static OviFunctions.Functions.OperatorExchange;

namespace OviFunctions.Functions;

/// <summary>What the operator sees of the facilitators, and his decision to use one again that lied.</summary>
public sealed class OperatorFacilitatorsFunctions(OperatorAccess access, FacilitatorPool facilitators, FacilitatorTrust trust)
{
    /// <summary><c>GET /v1/operator/facilitators</c>: each of them as this machine sees it, in the order in which they are asked.</summary>
    [Function("OperatorFacilitators")]
    public async Task<IResult> StatusAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "v1/operator/facilitators")] HttpRequest request, CancellationToken cancellationToken) =>
        access.WhyRefused(request) is { } refused ? refused.ToResult() : await ShowAsync(request, cancellationToken);

    /// <summary><c>POST /v1/operator/facilitators/put-back</c> with <c>name</c>: what it said before is forgiven, on all machines.</summary>
    [Function("PutFacilitatorBack")]
    public async Task<IResult> PutBackAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "v1/operator/facilitators/put-back")] HttpRequest request, CancellationToken cancellationToken)
    {
        if (access.WhyRefused(request) is { } refused) return refused.ToResult();
        if (await TextAsync(request, "name", cancellationToken) is not { Length: > 0 } name) return BadBody.ToResult();
        if (!facilitators.All.Any(facilitator => facilitator.Name == name)) return Unknown.ToResult();
        await trust.PutBackAsync(name, cancellationToken);
        return await ShowAsync(request, cancellationToken);
    }

    private async Task<IResult> ShowAsync(HttpRequest request, CancellationToken cancellationToken) => Answer(request, new
    {
        facilitators = (await facilitators.StatusAsync(cancellationToken))
            .Select(status => new { name = status.Facilitator, state = status.State, reason = status.Reason }).ToArray(),
    });

    private static Problem BadBody { get; } = new(400, "invalid_body", "The body cannot be read.",
        "It should be a JSON object whose name is that of a facilitator.") { RetryAction = RetryAction.Abandon };

    private static Problem Unknown { get; } = new(404, "facilitator_not_found", "There is no such facilitator.",
        "The name should be one of GET /v1/operator/facilitators.") { RetryAction = RetryAction.Abandon };
}
