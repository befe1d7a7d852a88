using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace OviFunctions.DevStack.Simulators.WaveSpeed;

/// <summary>
/// WaveSpeedAI on 127.0.0.1: OVI of an image or of a text, as predictions that one polls or is told of by a signed webhook.
/// </summary>
/// <remarks>
/// <list type="bullet">
/// <item><c>POST /api/v3/character-ai/ovi/{image,text}-to-video?webhook=</c>; a prediction that fails is read with status 200</item>
/// <item><c>GET /api/v3/predictions/{id}/result</c> and <c>GET /api/v3/predictions/{id}</c>, which answer the same</item>
/// <item><c>POST /api/v3/media/uploads</c>, <c>GET /api/v3/webhook/secret</c></item>
/// </list>
/// There is no way to cancel.
/// </remarks>
public sealed class WaveSpeedSimulator : ProviderSimulator
{
    private const string Model = "character-ai/ovi";
    private readonly WebhookHmac _signer;
    private readonly WaveSpeedUploads _uploads = new();

    private WaveSpeedSimulator(WaveSpeedSimulatorOptions options)
        : base(options)
    {
        Options = options;
        _signer = WebhookHmac.OfWaveSpeed(options.WebhookSecret);
    }

    public WaveSpeedSimulatorOptions Options { get; }

    /// <summary>What models and predictions are below.</summary>
    public Uri BaseUrl => new(Url, "api/v3");

    // The id of a webhook is the first part of the prediction's, in their sample: not one for each delivery.
    private protected override WebhookProtocol Webhooks => new(
        (job, id) => PredictionOf(job, id, FirstUrl),
        (headers, id, body, forged) => _signer.Sign(headers, id[..12], body, forged),
        NewId);

    private protected override SimulatedAnswer Malformed => WaveSpeedAnswers.Error(400, "The body is not a JSON object");

    /// <summary>Starts a simulator.</summary>
    public static async Task<WaveSpeedSimulator> StartAsync(
        WaveSpeedSimulatorOptions? options = null, CancellationToken cancellationToken = default)
    {
        var simulator = new WaveSpeedSimulator(options ?? new WaveSpeedSimulatorOptions());
        await simulator.StartAsync(cancellationToken);
        return simulator;
    }

    private protected override void MapApi(WebApplication app)
    {
        app.MapPost($"/api/v3/{Model}/image-to-video", context => SubmitAsync(context, $"{Model}/image-to-video", ["image", "prompt"]));
        app.MapPost($"/api/v3/{Model}/text-to-video", context => SubmitAsync(context, $"{Model}/text-to-video", ["prompt"]));
        app.MapGet("/api/v3/predictions/{id}/result", ReadAsync);
        app.MapGet("/api/v3/predictions/{id}", ReadAsync);
        app.MapPost("/api/v3/media/uploads", OpenUploadAsync);
        app.MapPut("/uploads/{id}/{name}", _uploads.PutAsync);
        app.MapGet("/uploads/{id}/{name}", _uploads.Get);
        app.MapGet("/api/v3/webhook/secret", TellSecretAsync);
    }

    private protected override bool HasKey(HttpContext context) => context.Request.Headers.Authorization == $"Bearer {Options.Key}";

    private protected override string NewId() => NewUuid().Replace("-", "", StringComparison.Ordinal);

    private protected override SimulatedAnswer? RefusalOf(SubmitFault fault) => WaveSpeedAnswers.OfSubmit(fault);

    private protected override SimulatedAnswer NotFound(string? id) => WaveSpeedAnswers.Error(404, id is null ? "Model not found" : "Task not found");

    private async Task SubmitAsync(HttpContext context, string model, string[] required)
    {
        if (await RefuseWithoutKeyAsync(context, SimulatorCallKind.Submit)) return;
        var body = await JobInput.ReadAsync(context.Request.Body, context.RequestAborted);
        var input = body is null ? null : body with
        {
            ImageUrl = required.Contains("image") ? body.Text("image") : null,
            Shape = required.Contains("image") ? ClipShape.LikeTheImage : ClipShape.OfOvi(960, 960),
            Problem = body.FindMissing(required) ?? FindProblemWithSeed(body),
        };
        await SubmitAsync(
            context, model, input, context.Request.Query["webhook"],
            wanted => wanted.Problem is { } problem ? WaveSpeedAnswers.OfProblem(problem) : null,
            job => AnswerAsync(context, SimulatorCallKind.Submit, job.Id, SubmitAnswer(job), job.Input.Body));
    }

    private SimulatedAnswer SubmitAnswer(SimulatedJob job)
    {
        var prediction = PredictionOf(job, job.Id, GiveUrl, hasJustBegun: true);
        if (job.Fault.Submit == SubmitFault.NoRequestId) prediction.Remove("id");
        if (job.Fault.Submit == SubmitFault.ForeignUrls)
            prediction["urls"] = new JsonObject { ["get"] = $"https://api.wavespeed.ai.example.com/api/v3/predictions/{job.Id}/result" };
        return WaveSpeedAnswers.Success(prediction);
    }

    private async Task ReadAsync(HttpContext context)
    {
        var kind = context.Request.Path.Value!.EndsWith("/result", StringComparison.Ordinal) ? SimulatorCallKind.Result : SimulatorCallKind.Status;
        if (await FindAsync(context, kind) is not { } job) return;
        if (await FailReadAsync(context, SimulatorCallKind.Status, job)) return;
        if (job.End is not null && await FailReadAsync(context, SimulatorCallKind.Result, job)) return;
        await AnswerAsync(context, kind, job.Id, WaveSpeedAnswers.Success(PredictionOf(job, job.Id, GiveUrl)));
    }

    private async Task OpenUploadAsync(HttpContext context)
    {
        if (await RefuseWithoutKeyAsync(context, SimulatorCallKind.Upload)) return;
        var wanted = await JobInput.ReadAsync(context.Request.Body, context.RequestAborted);
        await AnswerAsync(context, SimulatorCallKind.Upload, null, WaveSpeedUploads.Open(Url, wanted), wanted?.Body);
    }

    private async Task TellSecretAsync(HttpContext context)
    {
        if (await RefuseWithoutKeyAsync(context, SimulatorCallKind.Keys)) return;
        var secret = new JsonObject { ["secret"] = Options.WebhookSecret };
        await AnswerAsync(context, SimulatorCallKind.Keys, null, WaveSpeedAnswers.Success(secret));
    }

    private JsonObject PredictionOf(SimulatedJob job, string id, Func<SimulatedJob, Uri> urlOf, bool hasJustBegun = false)
    {
        var end = hasJustBegun ? null : job.End;
        var (status, code, error) = end is null ? (RunningStatusOf(job, hasJustBegun), 0, "") : WaveSpeedAnswers.Of(end);
        var hasVideo = end is { IsFailure: false } && job.Clip is not null;
        return new JsonObject
        {
            ["id"] = id,
            ["model"] = job.Model,
            ["input"] = JsonObject.Create(job.Input.Body),
            ["outputs"] = hasVideo ? new JsonArray(urlOf(job).AbsoluteUri) : [],
            ["urls"] = new JsonObject { ["get"] = new Uri(Url, $"api/v3/predictions/{id}/result").AbsoluteUri },
            ["has_nsfw_contents"] = hasVideo ? new JsonArray(end!.Outcome == SimulatedOutcome.Flagged) : [],
            ["status"] = status,
            ["code"] = code,
            ["created_at"] = job.Created.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture),
            ["error"] = error,
            ["timings"] = new JsonObject { ["inference"] = end is null ? 0 : 42_500 },
        };
    }

    private static string RunningStatusOf(SimulatedJob job, bool hasJustBegun) =>
        hasJustBegun || !job.IsRunning ? "created" : job.HasUnknownStatus ? "pondering" : "processing";

    private static InputProblem? FindProblemWithSeed(JobInput input)
    {
        if (!input.Body.TryGetProperty("seed", out var seed)) return null;
        return seed.ValueKind == JsonValueKind.Number && seed.TryGetInt64(out var number) && number is >= -1 and <= int.MaxValue
            ? null
            : new InputProblem("seed", "range", $"should be an integer from -1 to {int.MaxValue}");
    }
}
