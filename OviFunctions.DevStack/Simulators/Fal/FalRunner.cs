using System.Text.Json;

namespace OviFunctions.DevStack.Simulators.Fal;

/// <summary>Works on jobs as fal's runners do: waits in the queue, downloads the image, checks the input, makes the video.</summary>
internal sealed class FalRunner(FalSimulatorOptions options, HttpClient http, Func<FalJob, Uri> mediaUrl) : IDisposable
{
    private const int MaxImageBytes = 20 * 1024 * 1024;
    private readonly SemaphoreSlim _runners = new(options.Concurrency, options.Concurrency);

    public void Dispose() => _runners.Dispose();

    /// <summary>Takes a job to its end; returns early, without an answer, when it was taken out of the queue.</summary>
    public async Task RunAsync(FalJob job, CancellationToken stopping)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(job.Cancelled.Token, stopping);
        try
        {
            await DelayAsync(job.Fault.QueueMilliseconds, options.QueueTime, either.Token);
            await _runners.WaitAsync(either.Token);
        }
        catch (OperationCanceledException) when (!stopping.IsCancellationRequested)
        {
            return;
        }

        job.IsRunning = true;
        var untilCancelled = job.Fault.CancelHasNoEffect ? stopping : either.Token;
        try
        {
            var (image, problem) = await PrepareAsync(job, untilCancelled);
            await DelayAsync(job.Fault.ProcessingMilliseconds, options.ProcessingTime, untilCancelled);
            if (job.Fault.Outcome is SimulatedOutcome.NeverFinishes or SimulatedOutcome.UnknownStatus)
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, untilCancelled);
            job.Answer = problem ?? await GenerateAsync(job, image, untilCancelled);
        }
        catch (OperationCanceledException) when (!stopping.IsCancellationRequested)
        {
            job.Answer = FalAnswer.Request(499, "client_cancelled", "The request was cancelled by the client.");
        }
        finally
        {
            _runners.Release();
        }
    }

    /// <summary>Checks the input and downloads the image, or says how the job fails.</summary>
    private async Task<(byte[] Image, FalAnswer? Problem)> PrepareAsync(FalJob job, CancellationToken cancellationToken)
    {
        if ((FalAnswer.OfOutcome(job.Fault.Outcome) ?? FindProblem(job.Input)) is { } problem) return ([], problem);
        return await DownloadAsync(job.Input.GetProperty("image_url").GetString()!, cancellationToken) is { } image
            ? (image, null)
            : ([], FalAnswer.OfOutcome(SimulatedOutcome.ImageUnreachable));
    }

    private async Task<FalAnswer> GenerateAsync(FalJob job, byte[] image, CancellationToken cancellationToken)
    {
        var seed = job.Input.TryGetProperty("seed", out var given) && given.TryGetInt64(out var number)
            ? number
            : System.Security.Cryptography.RandomNumberGenerator.GetInt32(int.MaxValue);
        var clip = options.RenderClips ? await ClipMaker.MakeAsync(image, seed, cancellationToken) : ClipMaker.CommittedClip;
        if (clip is null)
            return FalAnswer.Model(422, "image_load_error", "Failed to load the image. Is the file corrupted?", "body", "image_url");
        job.Clip = clip;
        return FalAnswer.Video(mediaUrl(job), new FileInfo(clip).Length, seed);
    }

    private static FalAnswer? FindProblem(JsonElement input)
    {
        foreach (var field in (string[])["prompt", "image_url"])
        {
            if (!input.TryGetProperty(field, out var value)) return FalAnswer.Model(422, "missing", "Field required", "body", field);
            if (value.ValueKind != JsonValueKind.String)
                return FalAnswer.Model(422, "string_type", "Input should be a valid string", "body", field);
        }

        if (input.TryGetProperty("num_inference_steps", out var steps))
        {
            if (!steps.TryGetInt32(out var count))
                return FalAnswer.Model(422, "int_parsing", "Input should be a valid integer", "body", "num_inference_steps");
            if (count > 50)
                return FalAnswer.Model(422, "less_than_equal", "Input should be less than or equal to 50", "body", "num_inference_steps");
            if (count < 1)
                return FalAnswer.Model(422, "greater_than_equal", "Input should be at least 1", "body", "num_inference_steps");
        }

        return null;
    }

    private async Task<byte[]?> DownloadAsync(string url, CancellationToken cancellationToken)
    {
        if (!Uri.TryCreate(url, UriKind.Absolute, out var uri)) return null;
        if (uri.Scheme == "data") return DecodeDataUrl(url);
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                using var response = await http.GetAsync(uri, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
                if ((int)response.StatusCode >= 500) throw new HttpRequestException($"HTTP {(int)response.StatusCode}");
                if (!response.IsSuccessStatusCode || response.Content.Headers.ContentLength > MaxImageBytes) return null;
                await response.Content.LoadIntoBufferAsync(MaxImageBytes, cancellationToken);
                return await response.Content.ReadAsByteArrayAsync(cancellationToken);
            }
            catch (HttpRequestException) when (attempt < options.DownloadRetryDelays.Count)
            {
                await Task.Delay(options.DownloadRetryDelays[attempt], TimeProvider.System, cancellationToken);
            }
            catch (Exception e) when (e is HttpRequestException or NotSupportedException or TaskCanceledException
                && !cancellationToken.IsCancellationRequested)
            {
                return null;
            }
        }
    }

    private static byte[]? DecodeDataUrl(string url)
    {
        var comma = url.IndexOf(";base64,", StringComparison.Ordinal);
        var bytes = new byte[url.Length];
        return comma > 0 && Convert.TryFromBase64String(url[(comma + 8)..], bytes, out var length) ? bytes[..length] : null;
    }

    private static Task DelayAsync(int? milliseconds, TimeSpan otherwise, CancellationToken cancellationToken) =>
        Task.Delay(milliseconds is { } given ? TimeSpan.FromMilliseconds(given) : otherwise, TimeProvider.System, cancellationToken);
}
