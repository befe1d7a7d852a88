using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http;
using OviFunctions.Jobs;

namespace OviFunctions.Http;

/// <summary>What a program should do next after a problem.</summary>
public enum RetryAction
{
    /// <summary>Sign a new authorization; the one that was sent will not be used.</summary>
    Resign,

    /// <summary>Send the identical request again.</summary>
    RetrySamePayment,

    /// <summary>Ask for the job.</summary>
    Poll,

    /// <summary>Wait (see Retry-After) and send the request again.</summary>
    WaitAndRetry,

    /// <summary>Give up: the same will fail again.</summary>
    Abandon,
}

/// <summary>What a problem means for the payment that came with the request.</summary>
public enum PaymentState
{
    Unused,
    InFlight,
    Settled,
    Refunded,
}

/// <summary>An error answer: RFC 9457 problem details with a stable type, and what to do next.</summary>
public sealed record Problem
{
    /// <param name="status">HTTP status code.</param>
    /// <param name="code">Stable code; the type is <c>urn:ovifunctions:problem:{code}</c>.</param>
    /// <param name="title">A short sentence, the same for every occurrence.</param>
    /// <param name="detail">What was wrong here, and what would be right.</param>
    public Problem(int status, string code, string title, string? detail = null) =>
        (Status, Code, Title, Detail) = (status, code, title, detail);

    public string Type => $"urn:ovifunctions:problem:{Code}";

    public string Title { get; }

    public int Status { get; }

    public string? Detail { get; init; }

    public string Code { get; }

    /// <summary>Every problem of the request, each with a JSON pointer.</summary>
    public IReadOnlyList<FieldProblem>? Errors { get; init; }

    public RetryAction? RetryAction { get; init; }

    public PaymentState? PaymentState { get; init; }

    /// <summary>Seconds for the Retry-After header.</summary>
    [JsonIgnore]
    public int? RetryAfterSeconds { get; init; }

    public IResult ToResult() => new ProblemResult(this);

    private sealed class ProblemResult(Problem problem) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            httpContext.Response.Headers.CacheControl = "no-store";
            if (problem.RetryAfterSeconds is { } seconds) httpContext.Response.Headers.RetryAfter = seconds.ToString(System.Globalization.CultureInfo.InvariantCulture);
            return Results.Json(problem, ApiJson.Options, "application/problem+json", problem.Status).ExecuteAsync(httpContext);
        }
    }
}
