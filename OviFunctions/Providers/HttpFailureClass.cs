namespace OviFunctions.Providers;

/// <summary>An HTTP status in our failure classes, for an error of which the provider says no more.</summary>
internal static class HttpFailureClass
{
    /// <param name="status">The status; null when none is known.</param>
    public static FailureClass Of(int? status) => status switch
    {
        402 => FailureClass.ProviderCredits,

        // A wrong key, a key without the scope, a model that is gone: our configuration or theirs, and nothing about the buyer's input.
        401 or 403 or 404 or 405 or 410 => FailureClass.ProviderUnavailable,
        408 or 504 => FailureClass.ProviderTimeout,
        429 => FailureClass.RateLimited,
        >= 400 and < 500 => FailureClass.InvalidInput,
        _ => FailureClass.ProviderUnavailable,
    };
}
