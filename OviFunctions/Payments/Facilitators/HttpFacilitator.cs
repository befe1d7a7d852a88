using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using OviFunctions.Payments.Evm;
using OviFunctions.Payments.X402;

namespace OviFunctions.Payments.Facilitators;

/// <summary>
/// A facilitator behind HTTP. What is sent is rebuilt from our own types, never the client's JSON: an extra member
/// of his can route a facilitator to another way of moving money.
/// </summary>
public sealed partial class HttpFacilitator(
    HttpClient client, FacilitatorOptions options, TimeProvider time, ILogger<HttpFacilitator> logger)
    : IFacilitator
{
    private const int MaxAnswerBytes = 64 * 1024;
    private const string NeedsResource = "version 1 carries only payments for a resource";

    private readonly Uri _baseUrl = new(options.BaseUrl.AbsoluteUri.TrimEnd('/') + "/");

    /// <inheritdoc/>
    public string Name => options.Name;

    /// <inheritdoc/>
    public X402Version Version => options.Version;

    /// <summary>The handler for the injected client: it follows no redirects and keeps no cookies.</summary>
    public static HttpMessageHandler CreateHandler() => BoundedHttp.CreateHandler();

    /// <inheritdoc/>
    public async Task<VerifyOutcome> VerifyAsync(
        SignedAuthorization authorization, PaymentRequirement requirement, PaidResource? resource, CancellationToken cancellationToken)
    {
        if (RequestBody(authorization, requirement, resource) is not { } body) return new VerifyOutcome.Unreachable(NeedsResource);
        var sent = await SendAsync(HttpMethod.Post, "verify", body, options.VerifyTimeout, cancellationToken);
        VerifyOutcome outcome = sent is HttpOutcome.Answered answer
            ? FacilitatorAnswer.Verify(answer, authorization.Transfer.From)
            : new VerifyOutcome.Unreachable(((HttpOutcome.Failed)sent).Reason);
        var explanation = Explain(outcome, sent);
        if (outcome is VerifyOutcome.Unreachable { IsMisconfigured: true }) LogMisconfigured(Name, explanation);
        else if (outcome is VerifyOutcome.Unreachable) LogDown(Name, explanation);
        else if (outcome is not VerifyOutcome.Valid) LogNotValid(Name, explanation);
        return outcome;
    }

    /// <inheritdoc/>
    public async Task<SettleOutcome> SettleAsync(
        SignedAuthorization authorization, PaymentRequirement requirement, PaidResource? resource, CancellationToken cancellationToken)
    {
        if (RequestBody(authorization, requirement, resource) is not { } body) return new SettleOutcome.Unknown(NeedsResource);
        var sent = await SendAsync(HttpMethod.Post, "settle", body, options.SettleTimeout, cancellationToken);
        SettleOutcome outcome = sent is HttpOutcome.Answered answer
            ? FacilitatorAnswer.Settle(answer, authorization.Transfer.From, requirement)
            : new SettleOutcome.Unknown(((HttpOutcome.Failed)sent).Reason);
        var explanation = Explain(outcome, sent);
        if (outcome is SettleOutcome.Unknown { IsMisconfigured: true }) LogMisconfigured(Name, explanation);
        else if (outcome is not SettleOutcome.Settled) LogNotSettled(Name, explanation);
        return outcome;
    }

    /// <inheritdoc/>
    public async Task<SupportedOutcome> SupportedAsync(CancellationToken cancellationToken)
    {
        var sent = await SendAsync(HttpMethod.Get, "supported", null, options.VerifyTimeout, cancellationToken);
        return sent is HttpOutcome.Answered answer
            ? FacilitatorAnswer.Supported(answer)
            : new SupportedOutcome.Unreachable(((HttpOutcome.Failed)sent).Reason);
    }

    private byte[]? RequestBody(SignedAuthorization authorization, PaymentRequirement requirement, PaidResource? resource) =>
        options.Version == X402Version.V1 && resource is null ? null : X402Json.Bytes(new JsonObject
        {
            ["x402Version"] = (int)options.Version,
            ["paymentPayload"] = X402Json.Payment(options.Version, authorization, requirement, resource),
            ["paymentRequirements"] = X402Json.Requirement(options.Version, requirement, resource),
        });

    private async Task<HttpOutcome> SendAsync(
        HttpMethod method, string path, byte[]? body, TimeSpan timeout, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, new Uri(_baseUrl, path));
        if (body is not null)
            request.Content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
        if (options.BearerToken is { } token) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return await BoundedHttp.SendAsync(client, request, MaxAnswerBytes, timeout, time, cancellationToken);
    }

    private static string Explain(object outcome, HttpOutcome sent) =>
        ScrubbedText.From($"{outcome} {(sent is HttpOutcome.Answered answer ? FacilitatorAnswer.Explanation(answer.Body) : null)}");

    [LoggerMessage(Level = LogLevel.Information, Message = "Facilitator {Facilitator} does not call the payment valid: {Explanation}")]
    private partial void LogNotValid(string facilitator, string explanation);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Facilitator {Facilitator} does not answer: {Explanation}")]
    private partial void LogDown(string facilitator, string explanation);

    [LoggerMessage(Level = LogLevel.Error, Message =
        "Facilitator {Facilitator} is there and will not work for us; check its Url, BearerToken and Version, and that it takes Payments:Network: {Explanation}")]
    private partial void LogMisconfigured(string facilitator, string explanation);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Facilitator {Facilitator} did not settle: {Explanation}")]
    private partial void LogNotSettled(string facilitator, string explanation);
}
