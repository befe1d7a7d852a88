using System.Net.Http.Headers;
using Microsoft.AspNetCore.Http;
using OviFunctions.Jobs;
using OviFunctions.Secrets;

namespace OviFunctions.Http;

/// <summary>Who may read a job: the holder of its token, or of the API key that ordered it.</summary>
public sealed class JobAccess(JobSecrets secrets, ApiKeys keys)
{
    /// <summary>Whether the request's bearer token opens this job. Callers answer 404 when not, as for a job that does not exist.</summary>
    public bool MayRead(HttpRequest request, string jobId)
    {
        if (!JobIdentity.IsJobId(jobId) || BearerToken(request) is not { } token) return false;
        return token.StartsWith("ovt_", StringComparison.Ordinal)
            ? secrets.IsJobToken(token, jobId)
            : keys.Find(token) is { } key && JobIdentity.BelongsToApiKey(jobId, key.Id);
    }

    /// <summary>The token of <c>Authorization: Bearer</c>; null when there is none.</summary>
    public static string? BearerToken(HttpRequest request) =>
        AuthenticationHeaderValue.TryParse(request.Headers.Authorization.ToString(), out var header)
        && header.Scheme.Equals("Bearer", StringComparison.OrdinalIgnoreCase)
        && !string.IsNullOrWhiteSpace(header.Parameter)
            ? header.Parameter.Trim()
            : null;

    public static Problem NotFound { get; } = new(404, "job_not_found", "There is no such job.",
        "The job does not exist, or the token is not this job's. Send the job_token of the order, or the API key that ordered it, as Authorization: Bearer.");
}
