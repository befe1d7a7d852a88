using System.Text.Json.Nodes;

namespace OviFunctions.DevStack.Simulators.OpenAiVideos;

/// <summary>OpenAI's errors: <c>{"error":{"message","type","param","code"}}</c>.</summary>
internal static class OpenAiAnswers
{
    public static SimulatedAnswer Error(int status, string? code, string message, string? param = null, string type = "invalid_request_error") =>
        new(status, new JsonObject
        {
            ["error"] = new JsonObject { ["message"] = message, ["type"] = type, ["param"] = param, ["code"] = code },
        });

    public static SimulatedAnswer OfProblem(InputProblem problem) =>
        Error(problem.Type == "model_not_found" ? 404 : 400, problem.Type, problem.Message, problem.Field);

    /// <summary>The answer to a submit that is not taken.</summary>
    public static SimulatedAnswer? OfSubmit(SubmitFault fault) => fault switch
    {
        SubmitFault.Invalid => Error(400, "invalid_value", "Invalid value: '5'. Supported values are: '4', '8', and '12'.", "seconds"),
        SubmitFault.Unauthorized => Error(401, "invalid_api_key", "Incorrect API key provided."),
        SubmitFault.Locked => Error(
            429, "insufficient_quota", "You exceeded your current quota, please check your plan and billing details.", type: "insufficient_quota"),
        SubmitFault.RateLimited => Error(429, "rate_limit_exceeded", "Rate limit reached for requests per min.", type: "requests") with
        {
            Headers = new Dictionary<string, string> { ["retry-after"] = "3", ["retry-after-ms"] = "3000" },
        },
        SubmitFault.ServerError => Error(503, null, "The server is overloaded or not ready yet.", type: "server_error") with
        {
            Headers = new Dictionary<string, string> { ["x-should-retry"] = "true" },
        },
        SubmitFault.Gone => Error(410, "model_retired", "The model has been shut down.", "model"),
        SubmitFault.Moderation => Error(400, "moderation_blocked", "Your request was blocked by our moderation system.", "prompt"),
        _ => null,
    };

    /// <summary>
    /// How a video that is over looks: its status, and its error's code and text. OpenAI lists no codes; those of moderation are
    /// what callers saw.
    /// </summary>
    public static (string Status, string? Code, string? Message) Of(JobEnd end) => end.Outcome switch
    {
        SimulatedOutcome.ContentPolicy => ("failed", "moderation_blocked", "Your request was blocked by our moderation system."),
        SimulatedOutcome.InvalidInput => ("failed", end.Problem?.Type ?? "invalid_image", end.Problem?.Message ?? "The image could not be used."),
        SimulatedOutcome.ImageUnreachable => ("failed", "invalid_image_url", "Failed to download the image."),
        SimulatedOutcome.InternalError => ("failed", "server_error", "The server had an error while processing your request."),
        SimulatedOutcome.GenerationTimeout => ("failed", "generation_timeout", "The video took too long to generate."),
        SimulatedOutcome.RunnerDisconnected => ("failed", "server_overloaded", "The model is currently overloaded."),
        SimulatedOutcome.Cancelled => ("cancelled", null, null),
        _ => ("completed", null, null),
    };
}
