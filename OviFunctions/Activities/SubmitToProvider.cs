using System.Globalization;
using System.Text.Json.Serialization;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging;
using OviFunctions.Configuration;
using OviFunctions.Jobs;
using OviFunctions.Jobs.Prompts;
using OviFunctions.Media;
using OviFunctions.Orchestrations;
using OviFunctions.Payments.Ledger;
using OviFunctions.Providers;
using OviFunctions.Secrets;
using OviFunctions.Storage;

namespace OviFunctions.Activities;

/// <summary>Which submit of which attempt.</summary>
public sealed record SubmitToProviderInput(
    string JobId, string KeyId, int Lane, int Submit, string Provider, string Model, VideoRequest Request, DateTime Deadline)
{
    /// <summary>What it costs when the provider takes the job, in dollars, by the plan.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public decimal CostUsd { get; init; }

    public static SubmitToProviderInput From(AttemptInput attempt, int submit) =>
        new(attempt.JobId, attempt.KeyId, attempt.Lane, submit, attempt.Provider, attempt.Model, attempt.Request, attempt.Deadline)
        {
            CostUsd = attempt.Terms.CostUsd,
        };
}

/// <summary>How a submit ended.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<SubmitState>))]
public enum SubmitState
{
    Accepted,
    Finished,
    Ambiguous,
    Rejected,
}

/// <summary>A submit's end, as it is kept in the journal and in the orchestration.</summary>
public sealed record SubmitStep(
    SubmitState State,
    ProviderJob? Job = null,
    ProviderFailure? Failure = null,
    VideoAsset? Video = null,
    string? VideoUrl = null,
    long? Seed = null,
    string? Reason = null)
{
    /// <summary>Whether the provider bills it although there is no video: it answered with one that broke off or cannot be delivered.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Billed { get; init; }

    /// <summary>Whether it costs money, as far as is known: it is not certain that the provider made nothing.</summary>
    [JsonIgnore]
    public bool MayCost => State != SubmitState.Rejected || Billed;
}

/// <summary>A line of the submit journal: written before the POST, completed after it.</summary>
public sealed record SubmitIntent(string Provider, DateTimeOffset IntendedAt, SubmitStep? Step = null)
{
    /// <summary>What it costs when the provider takes the job, in dollars.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public decimal CostUsd { get; init; }

    /// <summary>Its line in the ledger once it is known that the provider took the job. The intent's time is the same for every run.</summary>
    public LedgerEntry CostEntry(string jobId, int lane, int submit) => new()
    {
        Type = LedgerEntryType.ProviderCost,
        JobId = jobId,
        At = IntendedAt,
        AmountAtomic = (long)decimal.Round(CostUsd * 1_000_000m),
        Counterparty = Provider,
        Detail = string.Create(CultureInfo.InvariantCulture, $"{lane}-{submit}"),
    };
}

/// <summary>
/// Sends a job to a provider once. The journal has the intent before the request leaves; a later run that finds an
/// intent without an end knows only that a job may exist, and says so.
/// </summary>
public sealed partial class SubmitToProvider(
    ProviderCatalog providers, IRecordStore records, JobSecrets secrets, OviSettings settings, LaneVideos videos, TimeProvider clock,
    ILedger ledger, ImageIntake images, ILogger<SubmitToProvider> logger)
{
    [Function(nameof(SubmitToProvider))]
    public async Task<SubmitStep> Run([ActivityTrigger] SubmitToProviderInput input, CancellationToken cancellationToken)
    {
        if (await FindAnswerAsync(input, cancellationToken) is { } answer) return answer;

        // The engine may run us long after it was asked to.
        if (clock.GetUtcNow() >= DeadlineOf(input))
            return Rejected(new ProviderFailure(FailureClass.ProviderTimeout, ProviderFailure.NotSent, "The job's deadline had passed before the submit."));

        // Before the intent: what throws here has sent nothing, and a run that follows it may send.
        if (providers.Find(input.Provider) is not { } provider)
            return Rejected(ProviderCatalog.Removed(input.Provider));
        var request = RequestOf(input) with { Image = provider.TakesImageBytes && !input.Request.IsTextOnly ? await ReadImageAsync(input, cancellationToken) : null };
        var name = RecordNames.Submit(input.JobId, input.Lane, input.Submit);
        var intent = new SubmitIntent(input.Provider, clock.GetUtcNow()) { CostUsd = input.CostUsd };
        if (!await records.TryCreateAsync(name, intent, cancellationToken)) return NoAnswer;
        var step = await SubmitAsync(input, provider, request);
        var journaled = await CompleteAsync(input, name, step);
        if (provider.CallsBackToProject && step.Job is { } job) await NoteJobAsync(input, job);
        try
        {
            await RecordCostAsync(input, intent, step, CancellationToken.None);
        }
        catch (Exception e) when (!journaled)
        {
            // Otherwise the next run finds the answer in the journal, and records the cost.
            NotInLedger(logger, e, input.JobId, input.Lane, input.Submit);
        }

        return step;
    }

    private static SubmitStep NoAnswer { get; } = new(SubmitState.Ambiguous, Reason: "Another run of this submit has no recorded answer.");

    private static SubmitStep Rejected(ProviderFailure? failure) => new(SubmitState.Rejected, Failure: failure);

    /// <summary>
    /// What earlier runs left in the journal. A run of an earlier submit that was taken for lost may have been slow only, and
    /// have its answer there by now: then there is no reason to send another one.
    /// </summary>
    private async Task<SubmitStep?> FindAnswerAsync(SubmitToProviderInput input, CancellationToken cancellationToken)
    {
        for (var submit = 1; submit <= input.Submit; submit++)
        {
            var line = await records.ReadAsync<SubmitIntent>(RecordNames.Submit(input.JobId, input.Lane, submit), cancellationToken);
            if (line?.Value.Step is { State: not SubmitState.Ambiguous } step)
            {
                await RecordCostAsync(input with { Submit = submit }, line.Value, step, cancellationToken);
                return step;
            }

            if (line is null || submit < input.Submit) continue;

            // An answer with the video in it may have been stored before the run ended.
            var video = await videos.FindAsync(input.JobId, input.Lane, input.Request.Seed, cancellationToken);
            var found = video is null ? line.Value.Step ?? NoAnswer : new SubmitStep(SubmitState.Finished, Video: video);
            await RecordCostAsync(input, line.Value, found, cancellationToken);
            return found;
        }

        return null;
    }

    /// <summary>A provider that took the job will bill it. For a lost answer see <see cref="LostSubmits"/>.</summary>
    private async Task RecordCostAsync(SubmitToProviderInput input, SubmitIntent intent, SubmitStep step, CancellationToken cancellationToken)
    {
        if (step.State is not (SubmitState.Accepted or SubmitState.Finished) && !step.Billed) return;
        await ledger.RecordAsync(intent.CostEntry(input.JobId, input.Lane, input.Submit), cancellationToken);
    }

    /// <summary>Writes the answer to the journal. The engine keeps it too, so what goes wrong here must not make it a lost one.</summary>
    /// <returns>Whether it is there.</returns>
    private async Task<bool> CompleteAsync(SubmitToProviderInput input, string name, SubmitStep step)
    {
        try
        {
            return await records.ReadAsync<SubmitIntent>(name, CancellationToken.None) is { } line
                && await records.TryReplaceAsync(name, line.Value with { Step = step }, line.Version, CancellationToken.None);
        }
        catch (Exception e)
        {
            NotRecorded(logger, e, input.JobId, input.Lane, input.Submit);
            return false;
        }
    }

    /// <summary>Callbacks of this provider name its job only. Without the note the job is polled, as it is anyway.</summary>
    private async Task NoteJobAsync(SubmitToProviderInput input, ProviderJob job)
    {
        try
        {
            var address = new CallbackAddress(input.JobId, input.Lane, input.Submit);
            await records.TryCreateAsync(RecordNames.ProviderJob(input.Provider, job.RequestId), address, CancellationToken.None);
        }
        catch (Exception e)
        {
            NotNoted(logger, e, input.JobId, input.Provider);
        }
    }

    private async Task<SubmitStep> SubmitAsync(SubmitToProviderInput input, IVideoProvider provider, SubmitRequest request)
    {
        // Not cancelled by a shutdown: a request that is broken off may have made a job. The provider has a time limit of its own.
        switch (await provider.SubmitAsync(request, CancellationToken.None))
        {
            case SubmitResult.Accepted accepted: return new SubmitStep(SubmitState.Accepted, accepted.Job);
            case SubmitResult.Rejected rejected: return Rejected(rejected.Failure) with { Billed = rejected.Billed };
            case SubmitResult.Ambiguous ambiguous: return new SubmitStep(SubmitState.Ambiguous, Reason: ambiguous.Reason);
            case SubmitResult.Finished finished:
                return await KeepAsync(input, finished.Video);
            case var unknown: throw new InvalidOperationException($"{unknown.GetType().Name} is not a submit result.");
        }
    }

    // Not cancelled by a shutdown either: nobody can ask for these bytes again, and they are paid for.
    private async Task<SubmitStep> KeepAsync(SubmitToProviderInput input, ProviderVideo video)
    {
        var seed = video.Seed ?? input.Request.Seed;
        if (video.Content is not { } content) return new SubmitStep(SubmitState.Finished, VideoUrl: video.Url, Seed: seed);
        await using (content)
        {
            var stored = await videos.StoreAsync(input.JobId, input.Lane, content, seed, CancellationToken.None);
            if (stored.Video is { } kept) return new SubmitStep(SubmitState.Finished, Video: kept);
            return stored.MayPass
                ? new SubmitStep(SubmitState.Ambiguous, Reason: $"{stored.Failure!.Message}; the answer held the video and cannot be asked for again") { Billed = true }
                : Rejected(stored.Failure) with { Billed = true };
        }
    }

    private SubmitRequest RequestOf(SubmitToProviderInput input) => new(
        input.Model, OviPrompt.Submitted(input.Model, input.Request.Prompt), input.Request.IsTextOnly ? null : ImageLink(input), input.Request.NegativePrompt, input.Request.AudioNegativePrompt,
        input.Request.Steps, input.Request.Seed, input.Request.FalOptions, CallbackUrl(input))
    {
        Resolution = input.Request.Resolution,
        Seconds = input.Request.Seconds,
        Variant = input.Request.Variant,
    };

    private async Task<SubmitImage> ReadImageAsync(SubmitToProviderInput input, CancellationToken cancellationToken)
    {
        var image = await images.OpenForProviderAsync(input.JobId, cancellationToken)
            ?? throw new InvalidOperationException($"The image of {input.JobId} was stored and is gone.");
        await using var content = image.Content;
        var bytes = new byte[image.Image.Bytes];
        await content.ReadExactlyAsync(bytes, cancellationToken);
        return new SubmitImage(image.Image.MediaType, bytes);
    }

    private static DateTimeOffset DeadlineOf(SubmitToProviderInput input) => new(input.Deadline, TimeSpan.Zero);

    private Uri ImageLink(SubmitToProviderInput input)
    {
        // Providers fetch when a runner is free, which may be late, but never after the job's deadline.
        var expires = DeadlineOf(input).AddHours(1);
        return new Uri(settings.PublicBaseUrl, $"/v1/images/{input.JobId}{secrets.LinkQuery(input.KeyId, input.JobId, "image", expires)}");
    }

    private Uri CallbackUrl(SubmitToProviderInput input)
    {
        var address = new CallbackAddress(input.JobId, input.Lane, input.Submit);
        return new Uri(settings.PublicBaseUrl, $"/v1/callbacks/{input.Provider}/{secrets.CallbackToken(input.KeyId, input.Provider, address)}");
    }

    [LoggerMessage(2105, LogLevel.Warning, "Callbacks of {Provider} for job {JobId} will find no attempt; the job is polled.")]
    private static partial void NotNoted(ILogger logger, Exception exception, string jobId, string provider);

    [LoggerMessage(2104, LogLevel.Error, "The cost of submit {Submit} of lane {Lane} of job {JobId} is not in the ledger.")]
    private static partial void NotInLedger(ILogger logger, Exception exception, string jobId, int lane, int submit);

    [LoggerMessage(2103, LogLevel.Warning,
        "The answer to submit {Submit} of lane {Lane} of job {JobId} is not in the journal; if this process ends now, it is lost.")]
    private static partial void NotRecorded(ILogger logger, Exception exception, string jobId, int lane, int submit);
}
