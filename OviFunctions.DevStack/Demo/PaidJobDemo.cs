using System.Text.Encodings.Web;
using System.Text.Json;
using Azure.Storage.Blobs;
using OviFunctions.DevStack.CommandLine;
using OviFunctions.DevStack.Installation;
using OviFunctions.DevStack.Parts;
using OviFunctions.DevStack.Simulators;
using OviFunctions.Jobs;

namespace OviFunctions.DevStack.Demo;

/// <summary>One job from the picture to the MP4, told as it happens.</summary>
/// <remarks>
/// 1. The order: quote, payment, acceptance, by the reference client. 2. Two lanes: the first provider is slow today, so
/// the second is asked too and wins. 3. The video in Blob storage and in <c>out/</c>. 4. The buyer's webhook. 5. What there is
/// to look at.
/// </remarks>
internal sealed class PaidJobDemo(DeveloperStack stack, Timeline timeline)
{
    private static readonly TimeSpan WebhookPatience = TimeSpan.FromSeconds(30);
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>How slow the first provider is in the demo: slow enough to be overtaken.</summary>
    public static FalSimulatorOptions SlowFal { get; } = new() { ProcessingTime = TimeSpan.FromSeconds(12) };

    /// <summary>When the second lane starts in the demo.</summary>
    public static TimeSpan HedgeDelay { get; } = TimeSpan.FromSeconds(2);

    /// <exception cref="StackException">The job was not accepted or not delivered.</exception>
    public async Task RunAsync(GatewayProcess gateway, CancellationToken cancellationToken)
    {
        await using var narrator = new Narrator(stack, timeline);
        using var reader = new JobReader(stack.Host.Time);
        var order = await OrderAsync(gateway, narrator, cancellationToken);
        if (order.WebhookSecret is { } secret) stack.Receiver.AddSecret(secret);

        var job = await timeline.StepAsync(
            () => reader.WaitForEndAsync(order, narrator.Tell, cancellationToken), ended => $"Job {ended.GetProperty("status").GetString()}");
        if (job.GetProperty("status").GetString() != "succeeded") throw new StackException($"The job was not delivered: {job.GetRawText()}");
        await timeline.StepAsync(() => FindBlobAsync(job, cancellationToken), blob => $"The MP4 is in Blob storage: {blob}");
        var video = await timeline.StepAsync(
            () => reader.DownloadAsync(order, Path.Combine(RepositoryFolders.Root, "out"), cancellationToken),
            saved => $"The MP4 is downloaded to {Path.GetRelativePath(Environment.CurrentDirectory, saved.File)}");
        await WaitForWebhookAsync(order, cancellationToken);
        Show(gateway, job, video);
    }

    private async Task<Order> OrderAsync(GatewayProcess gateway, Narrator narrator, CancellationToken cancellationToken) => stack.Chain is null
        ? await timeline.StepAsync(
            () => Order.BuyWithKeyAsync(stack, gateway.Url, GatewaySettings.ApiKey, cancellationToken),
            accepted => $"POST {Order.JobsPath} with an image and an API key: 202, {accepted.JobId}")
        : await Order.BuyAsync(stack, gateway.Url, narrator.Tell, cancellationToken);

    /// <summary>The URL of the video's blob, which Azurite must have in full.</summary>
    private async Task<Uri> FindBlobAsync(JsonElement job, CancellationToken cancellationToken)
    {
        var winner = job.GetProperty("attempts").EnumerateArray().Single(attempt => attempt.GetProperty("state").GetString() == "delivered");
        var blob = new BlobContainerClient(stack.Endpoints.StorageConnectionString, GatewaySettings.Container)
            .GetBlobClient(JobIds.VideoBlob(job.GetProperty("id").GetString()!, winner.GetProperty("lane").GetInt32()));
        var properties = await blob.GetPropertiesAsync(cancellationToken: cancellationToken);
        var expected = job.GetProperty("assets")[0].GetProperty("bytes").GetInt64();
        return properties.Value.ContentLength == expected
            ? blob.Uri
            : throw new StackException($"{blob.Uri} has {properties.Value.ContentLength} bytes; the job says {expected}.");
    }

    private async Task WaitForWebhookAsync(Order order, CancellationToken cancellationToken)
    {
        try
        {
            await stack.Receiver.Deliveries
                .WaitAsync(all => all.Any(delivery => delivery.IsValid && delivery.Id == $"msg_{order.JobId}_job_succeeded"), cancellationToken)
                .WaitAsync(WebhookPatience, stack.Host.Time, cancellationToken);
        }
        catch (TimeoutException e)
        {
            throw new StackException($"No job.succeeded with a right signature reached the buyer in {WebhookPatience.TotalSeconds:0} s.", e);
        }
    }

    private void Show(GatewayProcess gateway, JsonElement job, DownloadedVideo video)
    {
        var asset = job.GetProperty("assets")[0];
        var sound = asset.GetProperty("has_audio").GetBoolean() ? "with sound" : "silent";
        timeline.Print($"""

            {JsonSerializer.Serialize(job, Indented)}

            Settlement   {(job.TryGetProperty("payment", out var payment) ? payment.GetProperty("transaction").GetString() : "none: an API key paid")}
            Video        {video.Bytes:#,0} bytes, {asset.GetProperty("duration_seconds").GetDouble():0.00} s, {asset.GetProperty("resolution").GetString()}, {sound}
            SHA-256      {video.Sha256}
            Open         {asset.GetProperty("url").GetString()}
            Or           curl -sS -o video.mp4 "{asset.GetProperty("url").GetString()}"
            The page     {gateway.Url}  (API key {GatewaySettings.ApiKey})
            """);
        if (video.Sha256 != asset.GetProperty("sha256").GetString())
            throw new StackException($"The job says that the video's SHA-256 is {asset.GetProperty("sha256").GetString()}.");
    }
}
