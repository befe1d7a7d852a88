using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace OviFunctions.DevStack.Simulators.Fal;

/// <summary>
/// fal.ai on 127.0.0.1: the queue API (submit, status, result, cancel), signed webhooks and the keys that sign them.
/// </summary>
/// <remarks>
/// <list type="bullet">
/// <item><c>POST /fal-ai/ovi?fal_webhook=</c> (text to video), <c>POST /fal-ai/ovi/image-to-video?fal_webhook=</c></item>
/// <item><c>GET /fal-ai/ovi/requests/{id}/status</c>, <c>GET /fal-ai/ovi/requests/{id}</c>, <c>PUT /fal-ai/ovi/requests/{id}/cancel</c></item>
/// <item><c>GET /.well-known/jwks.json</c></item>
/// </list>
/// </remarks>
public sealed class FalSimulator : ProviderSimulator
{
    private const string ImageToVideo = "image-to-video";
    private readonly FalSigner _signer = new();

    private FalSimulator(FalSimulatorOptions options)
        : base(options) => Options = options;

    public FalSimulatorOptions Options { get; }

    /// <summary>Where the keys are.</summary>
    public Uri JwksUrl => new(Url, ".well-known/jwks.json");

    private protected override IReadOnlyCollection<SimulatedOutcome> UnknownOutcomes => [SimulatedOutcome.Deleted, SimulatedOutcome.Flagged];

    private protected override WebhookProtocol Webhooks => new(
        WebhookBody, (headers, id, body, forged) => _signer.Sign(headers, id, Options.UserId, body, forged), NewUuid);

    private protected override SimulatedAnswer Malformed => FalAnswers.Request(400, "bad_request", "The body is not a JSON object");

    /// <summary>Starts a simulator.</summary>
    public static async Task<FalSimulator> StartAsync(FalSimulatorOptions? options = null, CancellationToken cancellationToken = default)
    {
        var simulator = new FalSimulator(options ?? new FalSimulatorOptions());
        await simulator.StartAsync(cancellationToken);
        return simulator;
    }

    /// <summary>From now on another key signs, and only that one is published.</summary>
    public void RotateKey() => _signer.Rotate();

    private protected override void MapApi(WebApplication app)
    {
        app.MapPost($"/{Options.App}/{{**endpoint}}", SubmitAsync);
        app.MapGet($"/{Options.App}/requests/{{id}}/status", StatusAsync);
        app.MapGet($"/{Options.App}/requests/{{id}}", ResultAsync);
        app.MapPut($"/{Options.App}/requests/{{id}}/cancel", CancelAsync);
        app.MapGet("/.well-known/jwks.json", context =>
            AnswerAsync(context, SimulatorCallKind.Keys, null, new SimulatedAnswer(200, _signer.Keys())));
    }

    private protected override bool HasKey(HttpContext context) => context.Request.Headers.Authorization == $"Key {Options.Key}";

    private protected override SimulatedAnswer? RefusalOf(SubmitFault fault) => FalAnswers.OfSubmit(fault);

    private protected override SimulatedAnswer NotFound(string? id) => id is null
        ? FalAnswers.Request(404, null, "Application not found")
        : new SimulatedAnswer(404, new JsonObject { ["status"] = "NOT_FOUND" });

    private protected override void AddHeaders(IHeaderDictionary headers, string? id, SimulatedAnswer answer)
    {
        headers["x-fal-request-id"] = id ?? NewUuid();
        if (answer.Status >= 400 && answer.Body["error_type"] is { } type) headers["X-Fal-Error-Type"] = type.GetValue<string>();
    }

    private async Task SubmitAsync(HttpContext context)
    {
        if (await RefuseWithoutKeyAsync(context, SimulatorCallKind.Submit)) return;
        var endpoint = context.Request.RouteValues["endpoint"] as string;
        if (endpoint is not (null or ImageToVideo))
        {
            await AnswerAsync(context, SimulatorCallKind.Submit, null, NotFound(null));
            return;
        }

        var body = await JobInput.ReadAsync(context.Request.Body, context.RequestAborted);
        var input = body is null ? null : FalInput.Read(body, isTextOnly: endpoint is null);
        await SubmitAsync(context, Options.App, input, context.Request.Query["fal_webhook"], _ => null, job =>
            AnswerAsync(context, SimulatorCallKind.Submit, job.Id, SubmitAnswer(job), job.Input.Body));
    }

    private SimulatedAnswer SubmitAnswer(SimulatedJob job)
    {
        var queue = job.Fault.Submit == SubmitFault.ForeignUrls ? new Uri("https://queue.fal.run.example.com/") : Url;
        var request = new Uri(queue, $"{Options.App}/requests/{job.Id}").AbsoluteUri;
        var body = new JsonObject
        {
            ["status"] = "IN_QUEUE",
            ["request_id"] = job.Id,
            ["response_url"] = request,
            ["status_url"] = $"{request}/status",
            ["cancel_url"] = $"{request}/cancel",
            ["queue_position"] = 0,
        };
        if (job.Webhook is not null) body["gateway_request_id"] = job.Id;
        if (job.Fault.Submit == SubmitFault.NoRequestId) body.Remove("request_id");
        return new SimulatedAnswer(200, body);
    }

    private async Task StatusAsync(HttpContext context)
    {
        if (await FindAsync(context, SimulatorCallKind.Status) is not { } job) return;
        if (await FailReadAsync(context, SimulatorCallKind.Status, job)) return;

        var status = StatusOf(job);
        var body = new JsonObject
        {
            ["status"] = status,
            ["request_id"] = job.Id,
            ["response_url"] = new Uri(Url, $"{Options.App}/requests/{job.Id}").AbsoluteUri,
        };
        if (status == "IN_QUEUE") body["queue_position"] = Jobs.Values.Count(j => StatusOf(j) == "IN_QUEUE") - 1;
        if (context.Request.Query["logs"] == "1" && job.IsRunning)
        {
            body["logs"] = new JsonArray(new JsonObject { ["message"] = "Generating video", ["level"] = "INFO", ["source"] = "run" });
        }

        if (job.End is { } end)
        {
            body["metrics"] = new JsonObject { ["inference_time"] = 42.5 };
            if (end.IsFailure && !job.Fault.StatusHidesError)
            {
                var answer = FalAnswers.Of(end);
                body["error"] = $"Invalid status code: {answer.Status}";
                body["error_type"] = FalAnswers.ErrorTypeOf(answer);
            }
        }

        await AnswerAsync(context, SimulatorCallKind.Status, job.Id, new SimulatedAnswer(job.End is null ? 202 : 200, body));
    }

    private async Task ResultAsync(HttpContext context)
    {
        if (await FindAsync(context, SimulatorCallKind.Result) is not { } job) return;
        if (job.End is not { } end)
            await AnswerAsync(context, SimulatorCallKind.Result, job.Id, FalAnswers.Request(400, null, "Request is still in progress"));
        else if (!await FailReadAsync(context, SimulatorCallKind.Result, job))
            await AnswerAsync(context, SimulatorCallKind.Result, job.Id, AnswerOf(job, end, GiveUrl));
    }

    private async Task CancelAsync(HttpContext context)
    {
        if (await FindAsync(context, SimulatorCallKind.Cancel) is not { } job) return;
        if (job.End is not null)
        {
            var late = new SimulatedAnswer(400, new JsonObject { ["status"] = "ALREADY_COMPLETED" });
            await AnswerAsync(context, SimulatorCallKind.Cancel, job.Id, late);
            return;
        }

        var wasRunning = job.IsRunning;
        job.IsRemoved = !wasRunning;
        await job.Cancelled.CancelAsync();
        var answer = new JsonObject { ["status"] = wasRunning ? "CANCELLATION_REQUESTED" : "OK" };
        await AnswerAsync(context, SimulatorCallKind.Cancel, job.Id, new SimulatedAnswer(wasRunning ? 202 : 200, answer));
    }

    private JsonObject WebhookBody(SimulatedJob job, string id)
    {
        var answer = AnswerOf(job, job.End!, FirstUrl);
        var body = new JsonObject
        {
            ["request_id"] = id,
            ["gateway_request_id"] = id,
            ["status"] = job.End!.IsFailure ? "ERROR" : "OK",
        };
        if (job.End.IsFailure) body["error"] = $"Invalid status code: {answer.Status}";
        body["payload"] = answer.Body;
        return body;
    }

    private static string StatusOf(SimulatedJob job) => job.End is not null ? "COMPLETED"
        : job.HasUnknownStatus ? "THINKING_ABOUT_IT"
        : job.IsRunning ? "IN_PROGRESS"
        : "IN_QUEUE";

    private static SimulatedAnswer AnswerOf(SimulatedJob job, JobEnd end, Func<SimulatedJob, Uri> urlOf) =>
        job.Clip is { } clip ? FalAnswers.Video(urlOf(job), new FileInfo(clip).Length, end.Seed) : FalAnswers.Of(end);
}
