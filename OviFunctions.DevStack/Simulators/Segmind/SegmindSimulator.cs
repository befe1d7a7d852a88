using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace OviFunctions.DevStack.Simulators.Segmind;

/// <summary>
/// Segmind on 127.0.0.1: OVI of an image, as one call that answers with the video (v1), or as a request that one polls (v2).
/// </summary>
/// <remarks>
/// <list type="bullet">
/// <item><c>POST /v1/ovi-i2v</c>: the MP4 with the accounting in headers, or JSON</item>
/// <item><c>POST /v2/ovi-i2v</c>, <c>GET /v2/requests/{id}/status</c>, <c>GET /v2/requests/{id}</c>; both answer 422 when the job failed</item>
/// </list>
/// There are no webhooks, and there is no way to cancel.
/// </remarks>
public sealed class SegmindSimulator : ProviderSimulator
{
    private const string Model = "ovi-i2v";

    private SegmindSimulator(SegmindSimulatorOptions options)
        : base(options) => Options = options;

    public SegmindSimulatorOptions Options { get; }

    private protected override IReadOnlyCollection<SimulatedOutcome> UnknownOutcomes =>
        [SimulatedOutcome.Cancelled, SimulatedOutcome.Deleted, SimulatedOutcome.Flagged];

    private protected override SimulatedAnswer Malformed => SegmindAnswers.Error(400, "The body is not a JSON object");

    /// <summary>Starts a simulator.</summary>
    public static async Task<SegmindSimulator> StartAsync(SegmindSimulatorOptions? options = null, CancellationToken cancellationToken = default)
    {
        var simulator = new SegmindSimulator(options ?? new SegmindSimulatorOptions());
        await simulator.StartAsync(cancellationToken);
        return simulator;
    }

    private protected override void MapApi(WebApplication app)
    {
        app.MapPost($"/v1/{Model}", context => SubmitAsync(context, job => AnswerWhenDoneAsync(context, job)));
        app.MapPost($"/v2/{Model}", context => SubmitAsync(context, job =>
            AnswerAsync(context, SimulatorCallKind.Submit, job.Id, Accepted(job), job.Input.Body)));
        app.MapGet("/v2/requests/{id}/status", context => ReadAsync(context, SimulatorCallKind.Status));
        app.MapGet("/v2/requests/{id}", context => ReadAsync(context, SimulatorCallKind.Result));
        app.MapGet("/v1/requests/{id}", context => ReadAsync(context, SimulatorCallKind.Result));
        app.MapMethods($"/v{{version}}/{Model}", ["GET", "PUT", "DELETE"], context => AnswerAsGatewayAsync(context, SimulatorCallKind.Submit, null, 405));
    }

    private protected override bool HasKey(HttpContext context) => context.Request.Headers["x-api-key"] == Options.Key;

    private protected override SimulatedAnswer? RefusalOf(SubmitFault fault) => SegmindAnswers.OfSubmit(fault);

    private protected override SimulatedAnswer NotFound(string? id) =>
        SegmindAnswers.Error(404, id is null ? "Model not found" : $"Request {id} not found");

    private async Task SubmitAsync(HttpContext context, Func<SimulatedJob, Task> answer)
    {
        if (await RefuseWithoutKeyAsync(context, SimulatorCallKind.Submit)) return;
        if (!context.Request.HasJsonContentType())
        {
            await AnswerAsync(context, SimulatorCallKind.Submit, null, SegmindAnswers.WrongContentType);
            return;
        }

        var body = await JobInput.ReadAsync(context.Request.Body, context.RequestAborted);
        var input = body is null ? null : body with
        {
            ImageUrl = body.Text("image"),
            Problem = body.FindMissing("image", "prompt") ?? FindProblemWithSeed(body),
        };
        await SubmitAsync(
            context, Model, input, webhook: null, wanted => wanted.Problem is { } problem ? SegmindAnswers.OfProblem(problem) : null, answer);
    }

    /// <summary>The blocking API: the connection stays open until the job is over. Who hangs up has paid all the same.</summary>
    private async Task AnswerWhenDoneAsync(HttpContext context, SimulatedJob job)
    {
        if (await EndOfAsync(context, job) is not { } end) return;
        if (end.IsFailure)
        {
            var (status, error) = SegmindAnswers.Of(end);
            await AnswerAsync(context, SimulatorCallKind.Submit, job.Id, SegmindAnswers.Error(status, error), job.Input.Body);
            return;
        }

        foreach (var (name, value) in Accounting(job, end)) context.Response.Headers[name] = value;
        if (job.Clip is { } clip && Options.V1Answer == SegmindV1Answer.Bytes)
        {
            var fault = job.TakeMediaFault();
            Record(context, SimulatorCallKind.Submit, job.Id, MediaFiles.StatusOf(fault), job.Input.Body);
            await MediaFiles.SendAsync(context, clip, fault);
            return;
        }

        var body = new JsonObject { ["status"] = "success", ["video_url"] = job.Clip is null ? null : GiveUrl(job).AbsoluteUri };
        await AnswerAsync(context, SimulatorCallKind.Submit, job.Id, new SimulatedAnswer(200, body), job.Input.Body);
    }

    private async Task<JobEnd?> EndOfAsync(HttpContext context, SimulatedJob job)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, Stopping);
        try
        {
            return await job.WaitAsync(either.Token);
        }
        catch (OperationCanceledException)
        {
            Drop(context, SimulatorCallKind.Submit, job.Id, job.Input.Body);
            return null;
        }
    }

    private SimulatedAnswer Accepted(SimulatedJob job)
    {
        var host = job.Fault.Submit == SubmitFault.ForeignUrls ? new Uri("https://api.segmind.com.example.com/") : Url;
        var body = new JsonObject
        {
            ["request_id"] = job.Id,
            ["status"] = "QUEUED",
            ["poll_url"] = new Uri(host, $"v1/requests/{job.Id}").AbsoluteUri,
            ["status_url"] = new Uri(host, $"v2/requests/{job.Id}/status").AbsoluteUri,
            ["response_url"] = new Uri(host, $"v2/requests/{job.Id}").AbsoluteUri,
        };
        if (job.Fault.Submit == SubmitFault.NoRequestId) body.Remove("request_id");
        return new SimulatedAnswer(200, body);
    }

    private async Task ReadAsync(HttpContext context, SimulatorCallKind kind)
    {
        if (await FindAsync(context, kind) is not { } job) return;
        if (job.Created + Options.RecordLife < TimeProvider.System.GetUtcNow())
        {
            await AnswerAsync(context, kind, job.Id, NotFound(job.Id));
            return;
        }

        if (!await FailReadAsync(context, kind, job)) await AnswerAsync(context, kind, job.Id, StateOf(job, kind));
    }

    private SimulatedAnswer StateOf(SimulatedJob job, SimulatorCallKind kind)
    {
        if (job.End is not { } end) return State(200, job.HasUnknownStatus ? "THINKING" : job.IsRunning ? "PROCESSING" : "QUEUED");
        if (end.IsFailure)
        {
            var failed = State(422, "FAILED");
            failed.Body["error"] = SegmindAnswers.Of(end).Error;
            return failed;
        }

        var completed = State(200, "COMPLETED");
        if (kind == SimulatorCallKind.Result) completed.Body["output"] = job.Clip is null ? null : OutputOf(GiveUrl(job).AbsoluteUri);
        return completed;

        SimulatedAnswer State(int status, string name) => new(status, new JsonObject
        {
            ["request_id"] = job.Id,
            ["status"] = name,
            ["metrics"] = new JsonObject { ["cost"] = job.End is { IsFailure: false } ? 0.25 : 0, ["inference_time"] = 41.92, ["retry_count"] = 0 },
        });
    }

    private JsonNode OutputOf(string url) => Options.Output switch
    {
        SegmindOutput.Text => JsonValue.Create(url),
        SegmindOutput.List => new JsonArray(url),
        SegmindOutput.Url => new JsonObject { ["url"] = url },
        SegmindOutput.VideoUrl => new JsonObject { ["video_url"] = url },
        var unknown => throw new InvalidOperationException($"{unknown} is no form of output."),
    };

    private static Dictionary<string, string> Accounting(SimulatedJob job, JobEnd end) => new()
    {
        ["x-request-id"] = job.Id,
        ["x-cost"] = "0.25",
        ["x-remaining-credits"] = "99.75",
        ["x-generation-time"] = "41.92",
        ["x-seed-value"] = end.Seed.ToString(CultureInfo.InvariantCulture),
    };

    private static InputProblem? FindProblemWithSeed(JobInput input) =>
        !input.Body.TryGetProperty("seed", out var seed) || seed.ValueKind == JsonValueKind.Null
        || (seed.ValueKind == JsonValueKind.Number && seed.TryGetInt64(out var number) && number >= -1)
            ? null
            : new InputProblem("seed", "int_type", "should be an integer");
}
