using System.Text.Json.Nodes;

namespace OviFunctions.DevStack.Simulators.WaveSpeed;

/// <summary>WaveSpeed's answers: <c>{code, message, data}</c>, and its numbers for what went wrong (wavespeed.ai/docs/error-codes).</summary>
internal static class WaveSpeedAnswers
{
    private const int Moderated = 1200;
    private const int MissingParameter = 1400;
    private const int InvalidParameter = 1401;

    public static SimulatedAnswer Success(JsonObject data) =>
        new(200, new JsonObject { ["code"] = 200, ["message"] = "success", ["data"] = data });

    public static SimulatedAnswer Error(int status, string message, int? code = null) =>
        new(status, new JsonObject { ["code"] = code ?? status, ["message"] = message });

    public static SimulatedAnswer OfProblem(InputProblem problem) => Error(
        400,
        $"{problem.Field}: {problem.Message}",
        problem.Type == InputProblem.Missing ? MissingParameter : InvalidParameter);

    /// <summary>The answer to a submit that is not taken. The status for an empty account is not documented: 402 is ours.</summary>
    public static SimulatedAnswer? OfSubmit(SubmitFault fault) => fault switch
    {
        SubmitFault.Invalid => Error(400, "Invalid parameter: seed", InvalidParameter),
        SubmitFault.Unauthorized => Error(401, "Unauthorized: invalid API key"),
        SubmitFault.Locked => Error(402, "Insufficient credits. Please top up your account."),
        SubmitFault.RateLimited => Error(429, "Rate limit exceeded. Please slow down."),
        SubmitFault.ServerError => Error(503, "Service unavailable", 5003),
        SubmitFault.Gone => Error(410, "The model is no longer available"),
        SubmitFault.Moderation => Error(400, "Content flagged as potentially sensitive", Moderated),
        _ => null,
    };

    /// <summary>How a prediction that is over looks: its status, and the code and text of an error.</summary>
    public static (string Status, int Code, string Error) Of(JobEnd end) => end.Outcome switch
    {
        SimulatedOutcome.ContentPolicy => ("failed", Moderated, "Content flagged as potentially sensitive. Please try different prompts."),
        SimulatedOutcome.InvalidInput => ("failed", InvalidParameter, end.Problem?.Message ?? "Invalid parameter: image is too small"),
        SimulatedOutcome.ImageUnreachable => ("failed", 1402, "Failed to access the media: image"),
        SimulatedOutcome.InternalError => ("failed", 5000, "Internal server error"),
        SimulatedOutcome.RunnerDisconnected => ("failed", 5003, "Service unavailable"),
        SimulatedOutcome.GenerationTimeout => ("timeout", 5004, "Task timed out"),
        SimulatedOutcome.Cancelled => ("cancelled", 0, "Task cancelled"),
        SimulatedOutcome.Deleted => ("deleted", 0, "Task deleted"),
        _ => ("completed", 0, ""),
    };
}
