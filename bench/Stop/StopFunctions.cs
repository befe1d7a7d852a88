using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace OviFunctions.Bench.Stop;

/// <summary>Orchestrations whose activities do not end before the host is stopped, and a request that outlasts it.</summary>
internal sealed class StopFunctions(Life life, TimeProvider time)
{
    /// <summary>The file, in the folder, that ends the request.</summary>
    public const string Release = "release";

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);

    [Function("Listening")]
    public static Task ListeningAsync([OrchestrationTrigger] TaskOrchestrationContext context) => context.CallActivityAsync("Listen");

    [Function("Stubborn")]
    public static Task StubbornAsync([OrchestrationTrigger] TaskOrchestrationContext context) => context.CallActivityAsync("Ignore");

    [Function("Waiting")]
    public static Task WaitingAsync([OrchestrationTrigger] TaskOrchestrationContext context) =>
        context.CreateTimer(TimeSpan.FromSeconds(2), CancellationToken.None);

    [Function("Listen")]
    public async Task ListenAsync([ActivityTrigger] string? nothing, CancellationToken cancellationToken)
    {
        await Console.Out.WriteLineAsync("Listen runs");
        if (!life.IsFirst) return;
        try
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, time, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            await Console.Out.WriteLineAsync("Listen is cancelled");
            throw;
        }
    }

    [Function("Ignore")]
    public async Task IgnoreAsync([ActivityTrigger] string? nothing)
    {
        await Console.Out.WriteLineAsync("Ignore runs");
        if (life.IsFirst) await Task.Delay(Timeout.InfiniteTimeSpan, time, CancellationToken.None);
    }

    [Function("Start")]
    public static Task StartAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "jobs/{name}")] HttpRequest request,
        string name, [DurableClient] DurableTaskClient client) =>
        client.ScheduleNewOrchestrationInstanceAsync(name, new StartOrchestrationOptions(name));

    [Function("End")]
    public static async Task<IResult> EndAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "jobs/{name}")] HttpRequest request,
        string name, [DurableClient] DurableTaskClient client, CancellationToken cancellationToken) =>
        Results.Text((await client.WaitForInstanceCompletionAsync(name, cancellationToken)).RuntimeStatus.ToString());

    [Function("Slow")]
    public async Task SlowAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "slow")] HttpRequest request, CancellationToken cancellationToken)
    {
        var response = request.HttpContext.Response;
        await response.WriteAsync("begun", cancellationToken);
        await response.Body.FlushAsync(cancellationToken);
        while (!File.Exists(Path.Combine(life.Folder, Release))) await Task.Delay(Pause, time, cancellationToken);
        await response.WriteAsync(" and ended", cancellationToken);
    }
}
