using Microsoft.DurableTask;

namespace OviFunctions.Orchestrations;

/// <summary>
/// How often an activity that threw is run again. What a peer answered is never an exception, so a throw means
/// that our own storage or machine had trouble.
/// </summary>
internal static class Retries
{
    /// <summary>About half an hour, then the job fails.</summary>
    public static TaskOptions Ordinary { get; } =
        TaskOptions.FromRetryPolicy(new RetryPolicy(40, TimeSpan.FromSeconds(1), 1.5, maxRetryInterval: TimeSpan.FromMinutes(1)));

    /// <summary>Some seconds: for what a job can do without.</summary>
    public static TaskOptions Brief { get; } = TaskOptions.FromRetryPolicy(new RetryPolicy(3, TimeSpan.FromSeconds(1), 2));

    /// <summary>About four days: for what must not be given up, because money depends on it.</summary>
    public static TaskOptions Persistent { get; } =
        TaskOptions.FromRetryPolicy(new RetryPolicy(600, TimeSpan.FromSeconds(1), 1.5, maxRetryInterval: TimeSpan.FromMinutes(10)));
}
