using Microsoft.DurableTask.Client;
using OviFunctions.Activities;
using OviFunctions.Http;
using OviFunctions.Jobs;
using OviFunctions.Media;
using OviFunctions.Storage;

namespace OviFunctions.Admission;

/// <summary>Claims of job ids, and carrying on from a claim however far an earlier request came.</summary>
public sealed class JobClaims(IRecordStore records, JobStarter starter, JobAliases aliases, ImageIntake images, BatchPlanner batches)
{
    private readonly KeyedLock _flights = new();

    public static Problem OtherRequest(string what) => new(409, "bound_to_another_request", "This belongs to another request.",
        $"The {what} was used with another request before. Repeat that request exactly, or use a new one for this order.")
    {
        RetryAction = RetryAction.Abandon,
    };

    /// <summary>One admission at a time for each job id, in this process; between machines the claim decides.</summary>
    public Task<IDisposable> EnterAsync(string jobId, CancellationToken cancellationToken) => _flights.EnterAsync(jobId, cancellationToken);

    public async Task<Claim?> FindAsync(string jobId, CancellationToken cancellationToken) =>
        (await records.ReadAsync<Claim>(RecordNames.Claim(jobId), cancellationToken))?.Value;

    /// <summary>The job that one of the aliases belongs to; null when all are free.</summary>
    public async Task<string?> FindHolderAsync(IReadOnlyList<string> wanted, CancellationToken cancellationToken)
    {
        foreach (var alias in wanted)
        {
            if (await aliases.FindAsync(alias, cancellationToken) is { } holder) return holder;
        }

        return null;
    }

    public async Task<(Claim Claim, bool IsFirst)> ClaimAsync(
        VideoJobInput input, OrderRequest order, IReadOnlyList<string> wanted, CancellationToken cancellationToken)
    {
        // Before the claim, which names them: no claim can be without its items.
        if (order.Order.Items is { } items) await batches.RecordAsync(input, items, cancellationToken);
        var inline = order.Order.InlineImages(input.JobId).Select(image => image.Id).ToArray();
        var claim = new Claim
        {
            Input = input,
            InlineImage = inline.Length > 0,
            InlineItems = order.Order.Items is null || inline.Length == 0 ? null : inline,
            Aliases = wanted,
        };
        return await starter.ClaimAsync(claim, cancellationToken);
    }

    /// <summary>Stores the order's inline images and starts the orchestration, as far as that has not been done.</summary>
    /// <returns>The id of the job that carries out the order.</returns>
    public async Task<string> CarryOnAsync(DurableTaskClient client, Claim claim, OrderRequest order, CancellationToken cancellationToken)
    {
        var jobId = claim.Input.JobId;
        if (claim.SupersededBy is { } earlier) return earlier;
        if (await client.GetInstanceAsync(jobId, getInputsAndOutputs: false, cancellationToken) is not null) return jobId;
        // A finished job whose orchestration was purged must not run again.
        if (await records.ReadAsync<OutcomeRecord>(RecordNames.Outcome(jobId), cancellationToken) is not null) return jobId;
        foreach (var (imageId, image) in order.Order.InlineImages(jobId))
        {
            if (await images.StoreAsync(image, JobIds.ImageBlob(imageId), cancellationToken) is ImageResult.Refused refused)
                throw new InvalidOperationException($"The image of {imageId} passed validation and was refused: {refused.Problem.Fault}.");
        }

        return await starter.StartAsync(client, claim, cancellationToken);
    }
}
