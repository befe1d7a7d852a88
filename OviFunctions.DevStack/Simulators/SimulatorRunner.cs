using System.Security.Cryptography;

namespace OviFunctions.DevStack.Simulators;

/// <summary>Works on jobs as a provider's machines do: waits in the queue, downloads the image, checks the input, makes the video.</summary>
internal sealed class SimulatorRunner(SimulatorOptions options, HttpClient http) : IDisposable
{
    private const int MaxImageBytes = 20 * 1024 * 1024;
    private readonly SemaphoreSlim _runners = new(options.Concurrency, options.Concurrency);

    public void Dispose() => _runners.Dispose();

    /// <summary>Takes a job to its end; returns early, without an end, when it was taken out of the queue.</summary>
    public async Task RunAsync(SimulatedJob job, CancellationToken stopping)
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
            var (image, end) = await PrepareAsync(job, untilCancelled);
            await DelayAsync(job.Fault.ProcessingMilliseconds, options.ProcessingTime, untilCancelled);
            if (job.Fault.Outcome is SimulatedOutcome.NeverFinishes or SimulatedOutcome.UnknownStatus)
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, untilCancelled);
            job.End = end ?? await GenerateAsync(job, image, untilCancelled);
        }
        catch (OperationCanceledException) when (!stopping.IsCancellationRequested)
        {
            job.End = new JobEnd(SimulatedOutcome.Cancelled);
        }
        finally
        {
            _runners.Release();
        }
    }

    /// <summary>Checks the input and downloads the image, or says how the job ends.</summary>
    private async Task<(ReadOnlyMemory<byte>? Image, JobEnd? End)> PrepareAsync(SimulatedJob job, CancellationToken cancellationToken)
    {
        if (JobEnd.Of(job.Fault.Outcome) is { } end) return (null, end);
        if (job.Input.Problem is { } problem) return (null, new JobEnd(SimulatedOutcome.InvalidInput, Problem: problem));
        if (job.Input.Image is not null || job.Input.ImageUrl is null) return (job.Input.Image, null);
        if (await DownloadAsync(job.Input.ImageUrl, cancellationToken) is not { } image) return (null, new JobEnd(SimulatedOutcome.ImageUnreachable));
        return job.Input.CheckImage?.Invoke(image) is { } unfit ? (null, new JobEnd(SimulatedOutcome.InvalidInput, Problem: unfit)) : (image, null);
    }

    private async Task<JobEnd> GenerateAsync(SimulatedJob job, ReadOnlyMemory<byte>? image, CancellationToken cancellationToken)
    {
        var seed = job.Input.Seed is { } given and >= 0 ? given : RandomNumberGenerator.GetInt32(int.MaxValue);
        var clip = options.RenderClips ? await ClipMaker.MakeAsync(image, job.Input.Shape, seed, cancellationToken) : ClipMaker.CommittedClip;
        if (clip is null)
        {
            var problem = new InputProblem("image_url", "image_load_error", "Failed to load the image. Is the file corrupted?");
            return new JobEnd(SimulatedOutcome.InvalidInput, Problem: problem);
        }

        job.Clip = clip;
        return new JobEnd(job.Fault.Outcome, seed);
    }

    private async Task<byte[]?> DownloadAsync(string url, CancellationToken cancellationToken)
    {
        if (!Uri.TryCreate(url, UriKind.Absolute, out var uri)) return null;
        if (uri.Scheme == "data") return DataUrl.Decode(url);
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
            catch (Exception e) when (e is HttpRequestException or TaskCanceledException
                && attempt < options.DownloadRetryDelays.Count && !cancellationToken.IsCancellationRequested)
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

    private static Task DelayAsync(int? milliseconds, TimeSpan otherwise, CancellationToken cancellationToken) =>
        Task.Delay(milliseconds is { } given ? TimeSpan.FromMilliseconds(given) : otherwise, TimeProvider.System, cancellationToken);
}
