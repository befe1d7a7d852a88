using System.Globalization;
using System.Text.Json.Nodes;

namespace OviFunctions.DevStack.Simulators.Segmind;

/// <summary>Segmind's errors: <c>{"error":"text"}</c>, where 406 stands for several things that only the text tells apart.</summary>
internal static class SegmindAnswers
{
    private static readonly TimeSpan RateReset = TimeSpan.FromSeconds(3);

    public static SimulatedAnswer Error(int status, string message) => new(status, new JsonObject { ["error"] = message });

    public static SimulatedAnswer WrongContentType => Error(406, "Unsupported Content-Type: send application/json");

    public static SimulatedAnswer OfProblem(InputProblem problem) => problem.Type == InputProblem.Missing
        ? Error(400, $"Missing required parameter: {problem.Field}")
        : Error(406, $"Invalid parameter {problem.Field}: {problem.Message}");

    /// <summary>The answer to a submit that is not taken.</summary>
    public static SimulatedAnswer? OfSubmit(SubmitFault fault) => fault switch
    {
        SubmitFault.Invalid => Error(406, "Invalid parameter seed: should be an integer"),
        SubmitFault.Unauthorized => new SimulatedAnswer(401, new JsonObject
        {
            ["error"] = "Unauthorized",
            ["error_description"] = "Invalid API key",
            ["status_code"] = 401,
        }),
        SubmitFault.Locked => Error(406, "Insufficient credits"),
        SubmitFault.RateLimited => Error(429, "Too many requests") with
        {
            Headers = new Dictionary<string, string>
            {
                ["x-rate-limit-reset-at-utc"] = (TimeProvider.System.GetUtcNow() + RateReset).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
            },
        },
        SubmitFault.ServerError => Error(500, "Internal server error"),
        SubmitFault.Gone => Error(410, "This model has been retired"),
        SubmitFault.Moderation => Error(400, "The prompt violates the content policy"),
        _ => null,
    };

    /// <summary>What went wrong with a job: the blocking API's status for it, and the text of both.</summary>
    public static (int Status, string Error) Of(JobEnd end) => end.Outcome switch
    {
        SimulatedOutcome.ContentPolicy => (400, "The content was flagged by the content policy"),
        SimulatedOutcome.InvalidInput => (400, end.Problem?.Message ?? "Invalid image: it is too small"),
        SimulatedOutcome.ImageUnreachable => (400, "Failed to download the image"),
        SimulatedOutcome.InternalError => (500, "Internal server error"),
        SimulatedOutcome.RunnerDisconnected => (502, "Service temporarily unavailable"),
        SimulatedOutcome.GenerationTimeout => (504, "Request timed out"),
        var other => throw new ArgumentOutOfRangeException(nameof(end), other, "Segmind has no answer for this"),
    };
}
