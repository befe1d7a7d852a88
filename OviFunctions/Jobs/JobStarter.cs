using Microsoft.DurableTask.Client;
using OviFunctions.Activities;
using OviFunctions.Hosting;
using OviFunctions.Media;
using OviFunctions.Orchestrations;
using OviFunctions.Storage;

namespace OviFunctions.Jobs;

/// <summary>What became of a claim without an orchestration.</summary>
public enum ResumeResult
{
    /// <summary>The orchestration runs, now or already.</summary>
    Started,

    /// <summary>There is no claim: the crash came before it, and nothing was promised.</summary>
    NoClaim,

    /// <summary>An image of it was never stored, so it cannot run; nothing was charged. A repeated request starts it.</summary>
    NoImage,

    /// <summary>Another job had its idempotency key already.</summary>
    Superseded,

    /// <summary>It has run: only the marker was left.</summary>
    Finished,
}

/// <summary>
/// The way from a claim to a running orchestration. Each step can be repeated, by the same request, by an identical one
/// or by the sweeper, and ends the same.
/// </summary>
public sealed class JobStarter(IRecordStore records, JobAliases aliases, ImageIntake images)
{
    /// <summary>Takes a job id. The first claim stands.</summary>
    /// <returns>The claim that stands: this one or an earlier one; and whether it is this one.</returns>
    public async Task<(Claim Claim, bool IsFirst)> ClaimAsync(Claim claim, CancellationToken cancellationToken)
    {
        var jobId = claim.Input.JobId;
        // The marker comes first, so that no claim can be without one: it is how the sweeper finds it.
        await records.TryCreateAsync(RecordNames.OpenClaim(jobId), new AliasRecord(jobId), cancellationToken);
        if (await records.TryCreateAsync(RecordNames.Claim(jobId), claim, cancellationToken)) return (claim, true);
        var standing = await records.ReadAsync<Claim>(RecordNames.Claim(jobId), cancellationToken)
            ?? throw new InvalidOperationException($"The claim of {jobId} was there and is gone.");
        return (standing.Value, false);
    }

    /// <summary>Binds the claim's aliases and starts its orchestration.</summary>
    /// <returns>The id of the job that carries out the order: the claim's, or the one that had an alias first.</returns>
    public async Task<string> StartAsync(DurableTaskClient client, Claim claim, CancellationToken cancellationToken)
    {
        var jobId = claim.Input.JobId;
        await MarkUnsettledAsync(claim, cancellationToken);
        if (claim.SupersededBy is { } earlier)
        {
            await records.DeleteAsync(RecordNames.OpenClaim(jobId), cancellationToken);
            return earlier;
        }

        foreach (var alias in claim.Aliases)
        {
            var holder = await aliases.TakeAsync(alias, jobId, cancellationToken);
            if (holder == jobId) continue;
            await SupersedeAsync(jobId, holder, cancellationToken);
            return holder;
        }

        await client.TryStartAsync(claim.Input.Items is null ? nameof(VideoJobOrchestrator) : nameof(BatchOrchestrator), jobId, claim.Input, cancellationToken);
        await records.DeleteAsync(RecordNames.OpenClaim(jobId), cancellationToken);
        return jobId;
    }

    /// <summary>Does what a crash left undone after a claim.</summary>
    public async Task<ResumeResult> ResumeAsync(DurableTaskClient client, string jobId, CancellationToken cancellationToken)
    {
        var claim = await records.ReadAsync<Claim>(RecordNames.Claim(jobId), cancellationToken);
        if (claim is null)
        {
            await records.DeleteAsync(RecordNames.OpenClaim(jobId), cancellationToken);
            return ResumeResult.NoClaim;
        }

        // Its orchestration may be gone with the engine's database; the job must not run again.
        if (await records.ReadAsync<OutcomeRecord>(RecordNames.Outcome(jobId), cancellationToken) is not null)
        {
            await records.DeleteAsync(RecordNames.OpenClaim(jobId), cancellationToken);
            return ResumeResult.Finished;
        }

        foreach (var imageId in claim.Value.InlineImages)
        {
            if (await images.FindAsync(JobIds.ImageBlob(imageId), cancellationToken) is not null) continue;
            await MarkUnsettledAsync(claim.Value, cancellationToken);
            await records.DeleteAsync(RecordNames.OpenClaim(jobId), cancellationToken);
            return ResumeResult.NoImage;
        }

        return await StartAsync(client, claim.Value, cancellationToken) == jobId ? ResumeResult.Started : ResumeResult.Superseded;
    }

    /// <summary>
    /// Before the claim's other marker goes: a payment that a facilitator has seen can be submitted by whoever learned of it,
    /// also one that we never settle. <see cref="MoneySweep"/> follows it until it is decided where the money stays.
    /// </summary>
    private Task MarkUnsettledAsync(Claim claim, CancellationToken cancellationToken)
    {
        var jobId = claim.Input.JobId;
        return claim.Input.Payment is null
            ? Task.CompletedTask
            : records.TryCreateAsync(RecordNames.Unsettled(jobId), new AliasRecord(jobId), cancellationToken);
    }

    private async Task SupersedeAsync(string jobId, string earlier, CancellationToken cancellationToken)
    {
        if (await records.ReadAsync<Claim>(RecordNames.Claim(jobId), cancellationToken) is { Value.SupersededBy: null } claim)
            await records.TryReplaceAsync(RecordNames.Claim(jobId), claim.Value with { SupersededBy = earlier }, claim.Version, cancellationToken);
        await records.DeleteAsync(RecordNames.OpenClaim(jobId), cancellationToken);
    }
}
