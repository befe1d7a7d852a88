namespace OviFunctions.Providers.Fal;

/// <summary>
/// The URLs of fal's queue API. A submit uses the whole endpoint; status, result and cancel use only its owner and
/// app (<c>fal-ai/ovi</c> of <c>fal-ai/ovi/image-to-video</c>), as fal's queue reference says.
/// </summary>
internal sealed class FalUrls(FalOptions options)
{
    private readonly string _queue = options.QueueUrl.AbsoluteUri.TrimEnd('/');

    public Uri? Submit(string model, Uri callback) =>
        EndpointOf(model) is { } endpoint
            ? new Uri($"{_queue}/{endpoint}?fal_webhook={Uri.EscapeDataString(callback.AbsoluteUri)}")
            : null;

    public Uri? Status(ProviderJob job) => Resolve(job, "status", "/status");

    public Uri? Result(ProviderJob job) => Resolve(job, "response", "");

    public Uri? Cancel(ProviderJob job) => Resolve(job, "cancel", "/cancel");

    // fal asks clients to follow the URLs of the submit answer. They have been through storage since they were
    // checked, so they are checked again.
    private Uri? Resolve(ProviderJob job, string name, string suffix)
    {
        if (job.Urls?.GetValueOrDefault(name) is { } given && ProviderUrls.IsOnHostOf(options.QueueUrl, given)) return new Uri(given);
        return ProviderUrls.IsRequestId(job.RequestId) && AppOf(job.Model) is { } app
            ? new Uri($"{_queue}/{app}/requests/{job.RequestId}{suffix}")
            : null;
    }

    private string? EndpointOf(string model) => options.Endpoints.TryGetValue(model, out var endpoint) ? endpoint.Trim('/') : null;

    private string? AppOf(string? model)
    {
        var endpoints = model is null ? options.Endpoints.Values : EndpointOf(model) is { } endpoint ? [endpoint] : [];
        var apps = endpoints.Select(e => e.Trim('/').Split('/')).Where(parts => parts.Length >= 2).Select(parts => $"{parts[0]}/{parts[1]}").Distinct();
        return apps.ToArray() is [var only] ? only : null;
    }
}
