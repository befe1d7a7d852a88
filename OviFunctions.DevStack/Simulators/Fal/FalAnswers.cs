using System.Text.Json.Nodes;

namespace OviFunctions.DevStack.Simulators.Fal;

/// <summary>fal's answers: the result URL of a job that is over has that of the model, whatever it is.</summary>
internal static class FalAnswers
{
    public static SimulatedAnswer Video(Uri url, long size, long seed) => new(200, new JsonObject
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

    /// <summary>fal's word for an error; null for what is none.</summary>
    public static string? ErrorTypeOf(SimulatedAnswer answer) =>
        answer.Body["error_type"]?.GetValue<string>() ?? (answer.Body["detail"] as JsonArray)?[0]!["type"]!.GetValue<string>();

    /// <summary>A model's error (docs.fal.ai/errors).</summary>
    private static SimulatedAnswer Model(int status, string type, string message, params ReadOnlySpan<string> location)
    {
        var loc = new JsonArray();
        foreach (var part in location) loc.Add(part);
        var detail = new JsonObject { ["loc"] = loc, ["msg"] = message, ["type"] = type, ["url"] = $"https://docs.fal.ai/errors/#{type}" };
        return new SimulatedAnswer(status, new JsonObject { ["detail"] = new JsonArray(detail) });
    }

    /// <summary>fal's own error (docs.fal.ai/documentation/model-apis/request-errors).</summary>
    public static SimulatedAnswer Request(int status, string? type, string message)
    {
        var body = new JsonObject { ["detail"] = message };
        if (type is not null) body["error_type"] = type;
        return new SimulatedAnswer(status, body);
    }

    /// <summary>The answer of a job that ended without a video.</summary>
    public static SimulatedAnswer Of(JobEnd end) => end switch
    {
        { Problem: { } found } => Model(422, found.Type, found.Message, "body", found.Field),
        { Outcome: SimulatedOutcome.ContentPolicy } => Policy(),
        { Outcome: SimulatedOutcome.InvalidInput } => Model(
            422, "image_too_small", "Image dimensions are too small. Minimum dimensions are 256x256 pixels.", "body", "image_url"),
        { Outcome: SimulatedOutcome.ImageUnreachable } => Model(
            422, "file_download_error", "Failed to download the file. Please check if the URL is accessible.", "body", "image_url"),
        { Outcome: SimulatedOutcome.InternalError } => Model(500, "internal_server_error", "Internal server error", "body"),
        { Outcome: SimulatedOutcome.GenerationTimeout } => Model(504, "generation_timeout", "Generation timeout", "body"),
        { Outcome: SimulatedOutcome.RunnerDisconnected } => Request(503, "runner_disconnected", "Runner disconnected"),
        { Outcome: SimulatedOutcome.Cancelled } => Request(499, "client_cancelled", "The request was cancelled by the client."),
        { Outcome: SimulatedOutcome.NoVideo } => new SimulatedAnswer(200, new JsonObject { ["video"] = null, ["seed"] = 0 }),
        _ => throw new ArgumentOutOfRangeException(nameof(end), end, "fal has no answer for this"),
    };

    /// <summary>The answer to a submit that is not taken.</summary>
    public static SimulatedAnswer? OfSubmit(SubmitFault fault) => fault switch
    {
        SubmitFault.Invalid => Model(422, "missing", "Field required", "body", "prompt"),
        SubmitFault.Unauthorized => Request(401, null, "Invalid key credentials"),
        SubmitFault.Locked => Request(
            403, null, "User is locked. Reason: Exhausted balance. Top up your balance at fal.ai/dashboard/billing."),
        SubmitFault.RateLimited => Request(429, "concurrent_requests_limit", "Too many requests") with
        {
            Headers = new Dictionary<string, string> { ["Retry-After"] = "3" },
        },
        SubmitFault.ServerError => Request(503, "runner_scheduling_failure", "No runner could be allocated"),
        SubmitFault.Gone => Request(410, null, "This model is no longer available"),
        SubmitFault.Moderation => Policy(),
        _ => null,
    };

    private static SimulatedAnswer Policy() => Model(
        422, "content_policy_violation", "The content could not be processed: a content checker flagged it.", "body", "prompt");
}
