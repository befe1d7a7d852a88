using System.Text.Json;
using OviFunctions.DevStack.CommandLine;
using OviFunctions.DevStack.Installation;
using OviFunctions.DevStack.Parts;
using OviFunctions.DevStack.Scenarios;
using OviFunctions.DevStack.Simulators;

namespace OviFunctions.DevStack.Demo;

/// <summary>One job from the picture to the MP4, told as it happens.</summary>
/// <remarks>
/// 1. The order: quote, payment, acceptance, by the reference client. 2. Two lanes: the first provider is slow today, so
/// the second is asked too and wins. 3. The video in <c>out/</c>. 4. The buyer's webhook. 5. What there is to look at.
/// </remarks>
internal sealed class PaidJobDemo(DeveloperStack stack, Timeline timeline)
{
    private static readonly JsonSerializerOptions Indented = new()
    {
        WriteIndented = true,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>How slow the first provider is in the demo: slow enough to be overtaken.</summary>
    public static FalSimulatorOptions SlowFal { get; } = new() { ProcessingTime = TimeSpan.FromSeconds(12) };

    /// <summary>When the second lane starts in the demo.</summary>
    public static TimeSpan HedgeDelay { get; } = TimeSpan.FromSeconds(2);

    /// <exception cref="StackException">The job was not accepted or not delivered.</exception>
    public async Task RunAsync(GatewayProcess gateway, CancellationToken cancellationToken)
    {
        var order = stack.Chain is { } chain ? await PayAsync(gateway, chain, cancellationToken) : await PayWithKeyAsync(gateway, cancellationToken);
        if (order.WebhookSecret is { } secret) stack.Receiver.AddSecret(secret);

        using var reader = new JobReader(stack.Host.Time);
        var job = await timeline.StepAsync(
            () => reader.WaitForEndAsync(order, Tell(), cancellationToken), ended => $"Job ended as {ended.GetProperty("status").GetString()}");
        if (job.GetProperty("status").GetString() != "succeeded") throw new StackException($"The job was not delivered: {job.GetRawText()}");
        var callback = stack.SecondFal.Callbacks.Entries.Concat(stack.Fal.Callbacks.Entries).FirstOrDefault(c => c.Status is 200);
        if (callback is not null) timeline.Note("The provider's signed webhook had arrived at the gateway, which then read the result itself");

        var asset = job.GetProperty("assets")[0];
        var video = await timeline.StepAsync(
            () => reader.DownloadAsync(order, Path.Combine(RepositoryFolders.Root, "out"), cancellationToken),
            saved => $"The MP4 lies in Blob storage and in {Path.GetRelativePath(Environment.CurrentDirectory, saved.File)}");
        await timeline.StepAsync(
            () => stack.Receiver.Deliveries.WaitAsync(
                all => all.Any(d => d.IsValid && d.Id == $"msg_{order.JobId}_job_succeeded"), cancellationToken).WaitAsync(TimeSpan.FromSeconds(30), stack.Host.Time, cancellationToken),
            _ => "The buyer's receiver got job.succeeded, and its signature is right");

        timeline.Print($"""

            {JsonSerializer.Serialize(job, Indented)}

            Settlement   {order.Transaction ?? "none: an API key paid"}
            Video        {asset.GetProperty("bytes").GetInt64():#,0} bytes, {asset.GetProperty("duration_seconds").GetDouble():0.##} s, {asset.GetProperty("resolution").GetString()}
            SHA-256      {video.Sha256}{(video.Sha256 == asset.GetProperty("sha256").GetString() ? " (as the job says)" : " (NOT what the job says)")}
            Open         {asset.GetProperty("url").GetString()}
            Or           curl -sS -o video.mp4 "{asset.GetProperty("url").GetString()}"
            The page     {gateway.Url}  (API key {GatewaySettings.ApiKey})
            """);
        if (video.Sha256 != asset.GetProperty("sha256").GetString()) throw new StackException("The downloaded file is not the one that the job describes.");
    }

    private async Task<Order> PayAsync(GatewayProcess gateway, Chain chain, CancellationToken cancellationToken)
    {
        var order = await timeline.StepAsync(
            () => Order.BuyAsync(stack, gateway.Url, cancellationToken),
            accepted => $"An image went in; 402 with a quote of {ScenarioRunner.Usdc(accepted.Quoted)}; paid by the reference x402 v2 client; 202 for {accepted.JobId}");
        if (order.Transaction is { } transaction) timeline.Note($"Settled in USDC on chain {chain.Network.Id}: transaction {transaction}");
        return order;
    }

    private Task<Order> PayWithKeyAsync(GatewayProcess gateway, CancellationToken cancellationToken) => timeline.StepAsync(
        () => Order.BuyWithKeyAsync(stack, gateway.Url, GatewaySettings.ApiKey, cancellationToken),
        accepted => $"An image went in with an API key; 202 for {accepted.JobId}");

    /// <summary>Tells each state of the job and of its attempts once.</summary>
    private Action<JsonElement> Tell()
    {
        var told = new HashSet<string>();
        return job =>
        {
            Once($"Job is {job.GetProperty("status").GetString()}");
            foreach (var attempt in job.GetProperty("attempts").EnumerateArray())
            {
                var lane = attempt.GetProperty("lane").GetInt32();
                var state = attempt.GetProperty("state").GetString();
                Once($"Lane {lane + 1} ({attempt.GetProperty("provider").GetString()}{(lane > 0 ? ", hedged" : "")}): {state}");
            }
        };

        void Once(string text)
        {
            if (told.Add(text)) timeline.Note(text);
        }
    }
}
