namespace OviFunctions.Providers;

/// <summary>Tells a refusal that every job at an account would meet from one of this job only.</summary>
internal static class AccountFault
{
    /// <summary>Marks the refusal of a submit that is the account's fault; any other one is given back as it is.</summary>
    /// <param name="failure">The failure, in our classes.</param>
    /// <param name="status">
    /// The HTTP status with which the provider itself refused the submit: 401 the key, 402 the credits, 404 and 410 the model. Not for a
    /// read: there they speak of the job. Null when it may not have been the provider: a gateway's page speaks for nobody.
    /// </param>
    public static ProviderFailure Mark(ProviderFailure failure, int? status) => (failure.Class, status) switch
    {
        (FailureClass.ProviderCredits, not null) or (_, 401 or 402) => failure with { IsOurs = true },
        (FailureClass.ProviderUnavailable, 404 or 410) => failure with { IsOurs = true, IsModelGone = true },
        _ => failure,
    };
}
