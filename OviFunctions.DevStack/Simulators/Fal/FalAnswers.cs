using System.Text.Json.Nodes;

namespace OviFunctions.DevStack.Simulators.Fal;

/// <summary>What the model or fal answers for a job that is over: the result URL repeats it.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Body">The JSON.</param>
/// <param name="ErrorType">fal's error type; null for success.</param>
internal sealed record FalAnswer(int Status, JsonObject Body, string? ErrorType = null)
{
    public bool IsFailure => Status >= 400;

    public static FalAnswer Video(Uri url, long size, long seed) => new(200, new JsonObject
    {
        ["video"] = new JsonObject
        {
            ["url"] = url.AbsoluteUri,
            ["content_type"] = "video/mp4",
            ["file_name"] = url.Segments[^1],
            ["file_size"] = size,
        },
        ["seed"] = seed,
    });

    public static FalAnswer NoVideo() => new(200, new JsonObject { ["video"] = null, ["seed"] = 0 });

    /// <summary>A model's error (docs.fal.ai/errors).</summary>
    public static FalAnswer Model(int status, string type, string message, params ReadOnlySpan<string> location)
    {
        var loc = new JsonArray();
        foreach (var part in location) loc.Add(part);
        var detail = new JsonObject { ["loc"] = loc, ["msg"] = message, ["type"] = type, ["url"] = $"https://docs.fal.ai/errors/#{type}" };
        return new FalAnswer(status, new JsonObject { ["detail"] = new JsonArray(detail) }, type);
    }

    /// <summary>fal's own error (docs.fal.ai/documentation/model-apis/request-errors).</summary>
    public static FalAnswer Request(int status, string? type, string message)
    {
        var body = new JsonObject { ["detail"] = message };
        if (type is not null) body["error_type"] = type;
        return new FalAnswer(status, body, type);
    }

    public static FalAnswer? OfOutcome(SimulatedOutcome outcome) => outcome switch
    {
        SimulatedOutcome.ContentPolicy => Model(
            422, "content_policy_violation", "The content could not be processed: a content checker flagged it.", "body", "prompt"),
        SimulatedOutcome.InvalidInput => Model(
            422, "image_too_small", "Image dimensions are too small. Minimum dimensions are 256x256 pixels.", "body", "image_url"),
        SimulatedOutcome.ImageUnreachable => Model(
            422, "file_download_error", "Failed to download the file. Please check if the URL is accessible.", "body", "image_url"),
        SimulatedOutcome.InternalError => Model(500, "internal_server_error", "Internal server error", "body"),
        SimulatedOutcome.GenerationTimeout => Model(504, "generation_timeout", "Generation timeout", "body"),
        SimulatedOutcome.RunnerDisconnected => Request(503, "runner_disconnected", "Runner disconnected"),
        SimulatedOutcome.NoVideo => NoVideo(),
        _ => null,
    };

    /// <summary>The answer to a submit that is not taken.</summary>
    public static FalAnswer? OfSubmit(SubmitFault fault) => fault switch
    {
        SubmitFault.Invalid => Model(422, "missing", "Field required", "body", "prompt"),
        SubmitFault.Unauthorized => Request(401, null, "Invalid key credentials"),
        SubmitFault.Locked => Request(
            403, null, "User is locked. Reason: Exhausted balance. Top up your balance at fal.ai/dashboard/billing."),
        SubmitFault.RateLimited => Request(429, "concurrent_requests_limit", "Too many requests"),
        SubmitFault.ServerError => Request(503, "runner_scheduling_failure", "No runner could be allocated"),
        _ => null,
    };
}
