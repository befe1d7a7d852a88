using OviFunctions.Providers;

namespace OviFunctions.Tests.Activities;

/// <summary>A provider account that answers as a test says and remembers what it was asked.</summary>
internal sealed class PlayedProvider : IVideoProvider
{
    private int _submits;

    public string Name { get; init; } = "fal";

    public bool CallsBack { get; init; } = true;

    public Func<string, RequestNeeds, ProviderOffer> Offers { get; set; } = (_, _) => new ProviderOffer.Takes(0.20m);

    public Func<SubmitRequest, CancellationToken, Task<SubmitResult>> Submit { get; set; } =
        (_, _) => Task.FromResult<SubmitResult>(new SubmitResult.Accepted(new ProviderJob("r1", Model: "ovi/image-to-video")));

    public Func<ProviderJob, ReadResult> Read { get; set; } = _ => new ReadResult.Running();

    public Func<ProviderJob, ContentResult> Open { get; set; } = _ => throw new NotSupportedException();

    public bool TakesImageBytes { get; set; }

    public Func<ProviderJob, CancelResult> Cancel { get; set; } = _ => CancelResult.Requested;

    /// <summary>What is wrong with the key.</summary>
    public Func<string?> Check { get; set; } = () => throw new NotSupportedException();

    public int Submits => Volatile.Read(ref _submits);

    public SubmitRequest? LastRequest { get; private set; }

    public PlayedProvider Answers(SubmitResult result)
    {
        Submit = (_, _) => Task.FromResult(result);
        return this;
    }

    public ProviderOffer Offer(string model, RequestNeeds needs) => Offers(model, needs);

    public Task<SubmitResult> SubmitAsync(SubmitRequest request, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _submits);
        LastRequest = request;
        return Submit(request, cancellationToken);
    }

    public Task<ReadResult> ReadAsync(ProviderJob job, CancellationToken cancellationToken) => Task.FromResult(Read(job));

    public Task<ContentResult> OpenContentAsync(ProviderJob job, CancellationToken cancellationToken) => Task.FromResult(Open(job));

    public Task<CancelResult> CancelAsync(ProviderJob job, CancellationToken cancellationToken) => Task.FromResult(Cancel(job));

    public Task<CallbackResult> ReadCallbackAsync(ProviderCallback callback, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public Task<string?> CheckAsync(CancellationToken cancellationToken) => Task.FromResult(Check());
}
