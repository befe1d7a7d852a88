using System.Text.Json;
using Azure.Storage.Blobs;
using OviFunctions.DevStack.CommandLine;
using OviFunctions.DevStack.Installation;
using OviFunctions.DevStack.Parts;
using OviFunctions.DevStack.Simulators.Fal;
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

    /// <summary>How slow the first provider is in the demo: slow enough to be overtaken.</summary>
    public static FalSimulatorOptions SlowFal { get; } = new() { ProcessingTime = TimeSpan.FromSeconds(12) };

    /// <summary>When the second lane starts in the demo.</summary>
    public static TimeSpan HedgeDelay { get; } = TimeSpan.FromSeconds(2);

    /// <exception cref="StackException">The job was not accepted or not delivered.</exception>
    public async Task RunAsync(GatewayProcess gateway, CancellationToken cancellationToken)
    {
        var (job, video) = await BuyAsync(gateway, cancellationToken);
        timeline.Print($"{Environment.NewLine}{JsonSerializer.Serialize(job, GatewaySettings.Indented)}{Environment.NewLine}");
        if (video is null) throw new StackException($"There is no video: {job.GetProperty("error").GetProperty("message").GetString()}");
        Show(gateway, job, video);
    }

    /// <summary>The job at its end, and its video if there is one.</summary>
    private async Task<(JsonElement Job, DownloadedVideo? Video)> BuyAsync(GatewayProcess gateway, CancellationToken cancellationToken)
    {
        await using var narrator = new Narrator(stack, timeline);
        using var reader = new JobReader(stack.Host.Time);
        var order = await OrderAsync(gateway, narrator, cancellationToken);
        if (order.WebhookSecret is { } secret) stack.Receiver.AddSecret(secret);

        var job = await timeline.StepAsync(
            () => reader.WaitForEndAsync(order, narrator.Tell, cancellationToken), ended => $"Job {ended.GetProperty("status").GetString()}");
        var delivered = job.GetProperty("status").GetString() == "succeeded";
        var video = delivered ? await FetchAsync(job, order, reader, cancellationToken) : null;
        await WaitForWebhookAsync(job, cancellationToken);
        return (job, video);
    }

    private async Task<DownloadedVideo> FetchAsync(JsonElement job, Order order, JobReader reader, CancellationToken cancellationToken)
    {
        await timeline.StepAsync(() => FindBlobAsync(job, cancellationToken), blob => $"The MP4 is in Blob storage: {blob}");
        return await timeline.StepAsync(
            () => reader.DownloadAsync(order, Path.Combine(RepositoryFolders.Root, "out"), cancellationToken),
            saved => $"The MP4 is downloaded to {Path.GetRelativePath(Environment.CurrentDirectory, saved.File)}");
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
        // The provider's own video lies there; what the buyer gets may have been brought to the asked size.
        var expected = (FindAsset(job, "original") ?? job.GetProperty("assets")[0]).GetProperty("bytes").GetInt64();
        return properties.Value.ContentLength == expected
            ? blob.Uri
            : throw new StackException($"{blob.Uri} has {properties.Value.ContentLength} bytes; the job says {expected}.");
    }

    /// <summary>Waits for the signed webhook that tells the buyer of the end.</summary>
    private async Task WaitForWebhookAsync(JsonElement job, CancellationToken cancellationToken)
    {
        var id = $"msg_{job.GetProperty("id").GetString()}_job_{job.GetProperty("status").GetString()}";
        try
        {
            await stack.Receiver.Deliveries
                .WaitAsync(all => all.Any(delivery => delivery.IsValid && delivery.Id == id), cancellationToken)
                .WaitAsync(WebhookPatience, stack.Host.Time, cancellationToken);
        }
        catch (TimeoutException e)
        {
            throw new StackException($"No webhook {id} with a right signature reached the buyer in {WebhookPatience.TotalSeconds:0} s.", e);
        }
    }

    private static JsonElement? FindAsset(JsonElement job, string id)
    {
        foreach (var asset in job.GetProperty("assets").EnumerateArray())
        {
            if (asset.GetProperty("id").GetString() == id) return asset;
        }

        return null;
    }

    private void Show(GatewayProcess gateway, JsonElement job, DownloadedVideo video)
    {
        var asset = job.GetProperty("assets")[0];
        var sound = asset.GetProperty("has_audio").GetBoolean() ? "with sound" : "silent";
        var url = asset.GetProperty("url").GetString();
        var transaction = job.TryGetProperty("payment", out var payment) ? payment.GetProperty("transaction").GetString() : null;
        timeline.Print($"""
            Settlement   {transaction ?? "none: an API key paid"}
            Video        {video.Bytes:#,0} bytes, {asset.GetProperty("duration_seconds").GetDouble():0.00} s, {asset.GetProperty("resolution").GetString()}, {sound}
            SHA-256      {video.Sha256}
            Poster       {FindAsset(job, "poster")?.GetProperty("url").GetString() ?? "none: there is no ffmpeg"}
            Open         {url}
            Or           curl -sS -o video.mp4 "{url}"
            The page     {gateway.Url}  (API key {GatewaySettings.ApiKey})
            """);
        if (video.Sha256 != asset.GetProperty("sha256").GetString())
            throw new StackException($"The job says that the video's SHA-256 is {asset.GetProperty("sha256").GetString()}.");
    }
}
