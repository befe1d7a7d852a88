using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace OviFunctions.DevStack.Simulators.OpenAiVideos;

/// <summary>
/// A server of the OpenAI Videos protocol on 127.0.0.1, with the models that OpenAI had until 2026-09-24.
/// </summary>
/// <remarks>
/// <list type="bullet">
/// <item><c>POST /v1/videos</c> (JSON or multipart), <c>GET /v1/videos?limit=&amp;order=&amp;after=</c></item>
/// <item><c>GET /v1/videos/{id}</c>, <c>DELETE /v1/videos/{id}</c></item>
/// <item><c>GET /v1/videos/{id}/content?variant=video|thumbnail|spritesheet</c>, with the key</item>
/// </list>
/// There is no way to cancel. Webhooks go to the project's URL and name the video only; <c>PUT /_webhook</c>, with the URL as its
/// body, stands for the dashboard where a project is set up.
/// </remarks>
public sealed class OpenAiVideosSimulator : ProviderSimulator
{
    private const string VideoPath = "/v1/videos/{id}";
    private readonly WebhookHmac _signer;

    private OpenAiVideosSimulator(OpenAiVideosSimulatorOptions options)
        : base(options)
    {
        Options = options;
        WebhookUrl = options.WebhookUrl;
        _signer = WebhookHmac.OfOpenAi(options.WebhookSecret);
    }

    public OpenAiVideosSimulatorOptions Options { get; }

    /// <summary>What clients take as base URL.</summary>
    public Uri BaseUrl => new(Url, "v1");

    /// <summary>Where the project's webhooks go from now on; nowhere when null.</summary>
    public Uri? WebhookUrl { get; set; }

    private protected override IReadOnlyCollection<SimulatedOutcome> UnknownOutcomes => [SimulatedOutcome.Deleted, SimulatedOutcome.Flagged];

    private protected override WebhookProtocol Webhooks => new(
        EventOf, (headers, id, body, forged) => _signer.Sign(headers, $"wh_{id}", body, forged), NewId);

    private protected override SimulatedAnswer Malformed => OpenAiAnswers.Error(400, null, "We could not parse the body of your request.");

    /// <summary>Starts a simulator.</summary>
    public static async Task<OpenAiVideosSimulator> StartAsync(
        OpenAiVideosSimulatorOptions? options = null, CancellationToken cancellationToken = default)
    {
        var simulator = new OpenAiVideosSimulator(options ?? new OpenAiVideosSimulatorOptions());
        await simulator.StartAsync(cancellationToken);
        return simulator;
    }

    private protected override void MapApi(WebApplication app)
    {
        app.MapPost("/v1/videos", SubmitAsync);
        app.MapGet("/v1/videos", ListAsync);
        app.MapGet(VideoPath, ReadAsync);
        app.MapDelete(VideoPath, DeleteAsync);
        app.MapGet($"{VideoPath}/content", ContentAsync);
        app.MapPut("/_webhook", SetWebhookAsync);
    }

    private protected override bool HasKey(HttpContext context) => context.Request.Headers.Authorization == $"Bearer {Options.Key}";

    private protected override string NewId() => $"video_{NewUuid().Replace("-", "", StringComparison.Ordinal)}";

    private protected override SimulatedAnswer? RefusalOf(SubmitFault fault) => OpenAiAnswers.OfSubmit(fault);

    private protected override SimulatedAnswer NotFound(string? id) => id is null
        ? OpenAiAnswers.Error(404, null, "Invalid URL")
        : OpenAiAnswers.Error(404, "not_found", $"Video with id '{id}' not found.", "video_id");

    private protected override void AddHeaders(IHeaderDictionary headers, string? id, SimulatedAnswer answer) => headers["x-request-id"] = $"req_{NewUuid()}";

    private async Task SubmitAsync(HttpContext context)
    {
        if (await RefuseWithoutKeyAsync(context, SimulatorCallKind.Submit)) return;
        var input = await OpenAiInput.ReadAsync(context.Request, Options.Models, context.RequestAborted);
        await SubmitAsync(
            context, input is null ? "" : OpenAiInput.ModelOf(input), input, WebhookUrl?.AbsoluteUri,
            wanted => wanted.Problem is { } problem ? OpenAiAnswers.OfProblem(problem) : null,
            job =>
            {
                var video = VideoOf(job);
                if (job.Fault.Submit == SubmitFault.NoRequestId) video.Remove("id");
                return AnswerAsync(context, SimulatorCallKind.Submit, job.Id, new SimulatedAnswer(200, video), job.Input.Body);
            });
    }

    private async Task ReadAsync(HttpContext context)
    {
        if (await FindAsync(context, SimulatorCallKind.Status) is not { } job) return;
        if (await FailReadAsync(context, SimulatorCallKind.Status, job)) return;
        var pollAfter = new Dictionary<string, string> { ["openai-poll-after-ms"] = $"{Options.PollAfter.TotalMilliseconds:0}" };
        var answer = new SimulatedAnswer(200, VideoOf(job));
        await AnswerAsync(context, SimulatorCallKind.Status, job.Id, job.End is null ? answer with { Headers = pollAfter } : answer);
    }

    private async Task ListAsync(HttpContext context)
    {
        if (await RefuseWithoutKeyAsync(context, SimulatorCallKind.List)) return;
        var query = context.Request.Query;
        var limit = int.TryParse(query["limit"], out var wanted) && wanted is > 0 and <= 100 ? wanted : 20;
        var all = Jobs.Values.Where(job => !job.IsRemoved).OrderBy(job => job.Created).ToList();
        if (query["order"] != "asc") all.Reverse();
        List<SimulatedJob> rest = query["after"] is [{ Length: > 0 } after] ? [.. all.SkipWhile(job => job.Id != after).Skip(1)] : all;
        var page = rest.Take(limit).ToList();
        await AnswerAsync(context, SimulatorCallKind.List, null, new SimulatedAnswer(200, new JsonObject
        {
            ["object"] = "list",
            ["data"] = new JsonArray([.. page.Select(VideoOf)]),
            ["first_id"] = page.FirstOrDefault()?.Id,
            ["last_id"] = page.LastOrDefault()?.Id,
            ["has_more"] = rest.Count > page.Count,
        }));
    }

    private async Task DeleteAsync(HttpContext context)
    {
        if (await FindAsync(context, SimulatorCallKind.Delete) is not { } job) return;
        if (job.End is null)
        {
            await AnswerAsync(context, SimulatorCallKind.Delete, job.Id, OpenAiAnswers.Error(400, null, "Only videos that completed or failed can be deleted."));
            return;
        }

        job.IsRemoved = true;
        var answer = new JsonObject { ["id"] = job.Id, ["object"] = "video.deleted", ["deleted"] = true };
        await AnswerAsync(context, SimulatorCallKind.Delete, job.Id, new SimulatedAnswer(200, answer));
    }

    private async Task ContentAsync(HttpContext context)
    {
        if (await FindAsync(context, SimulatorCallKind.Media) is not { } job) return;
        if (await FailReadAsync(context, SimulatorCallKind.Result, job)) return;
        if (job.Clip is not { } clip || job.End is not { } end)
        {
            var early = OpenAiAnswers.Error(404, null, "Video is not ready yet, use GET /v1/videos/{video_id} to check status.");
            await AnswerAsync(context, SimulatorCallKind.Media, job.Id, early);
            return;
        }

        var fault = job.TakeMediaFault();
        if (fault is MediaFault.Missing or MediaFault.Expired || end.At + Options.ContentLife < TimeProvider.System.GetUtcNow())
        {
            await AnswerAsync(context, SimulatorCallKind.Media, job.Id, OpenAiAnswers.Error(404, "expired", "The video's content has expired."));
            return;
        }

        await SendAsync(context, job, clip, fault);
    }

    private async Task SendAsync(HttpContext context, SimulatedJob job, string clip, MediaFault fault)
    {
        var (type, picture) = ((string?)context.Request.Query["variant"] ?? "video") switch
        {
            "video" => ("video/mp4", null),
            "thumbnail" => ("image/webp", OpenAiPictures.Thumbnail),
            "spritesheet" => ("image/jpeg", OpenAiPictures.Spritesheet),
            _ => ("", null),
        };
        if (type.Length == 0)
        {
            var unknown = OpenAiAnswers.Error(400, "invalid_value", "Supported values are: 'video', 'thumbnail', 'spritesheet'.", "variant");
            await AnswerAsync(context, SimulatorCallKind.Media, job.Id, unknown);
            return;
        }

        Record(context, SimulatorCallKind.Media, job.Id, MediaFiles.StatusOf(fault));
        if (picture is null) await MediaFiles.SendAsync(context, clip, fault);
        else await Results.Bytes(picture, type).ExecuteAsync(context);
    }

    private async Task SetWebhookAsync(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body);
        if (Uri.TryCreate(await reader.ReadToEndAsync(context.RequestAborted), UriKind.Absolute, out var url)) WebhookUrl = url;
        else context.Response.StatusCode = StatusCodes.Status400BadRequest;
    }

    private JsonObject VideoOf(SimulatedJob job)
    {
        var (status, code, message) = job.End is { } end ? OpenAiAnswers.Of(end) : (RunningStatusOf(job), null, null);
        return new JsonObject
        {
            ["id"] = job.Id,
            ["object"] = "video",
            ["created_at"] = job.Created.ToUnixTimeSeconds(),
            ["completed_at"] = status == "completed" ? job.End!.At.ToUnixTimeSeconds() : null,
            ["expires_at"] = status == "completed" ? (job.End!.At + Options.ContentLife).ToUnixTimeSeconds() : null,
            ["model"] = job.Model,
            ["status"] = status,
            ["progress"] = job.End is not null ? 100 : job.IsRunning ? 50 : 0,
            ["prompt"] = job.Input.Prompt,
            ["size"] = OpenAiInput.SizeOf(job.Input),
            ["seconds"] = OpenAiInput.SecondsOf(job.Input),
            ["remixed_from_video_id"] = null,
            ["error"] = code is null ? null : new JsonObject { ["code"] = code, ["message"] = message },
        };
    }

    private static JsonObject EventOf(SimulatedJob job, string id) => new()
    {
        ["id"] = $"evt_{id}",
        ["object"] = "event",
        ["created_at"] = job.End!.At.ToUnixTimeSeconds(),
        ["type"] = job.End.IsFailure ? "video.failed" : "video.completed",
        ["data"] = new JsonObject { ["id"] = id },
    };

    private static string RunningStatusOf(SimulatedJob job) => job.HasUnknownStatus ? "in_review" : job.IsRunning ? "in_progress" : "queued";
}
