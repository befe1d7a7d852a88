using OviFunctions.Providers;

namespace OviFunctions.Jobs;

/// <summary>What buyers are told about a job without a video. A provider's own words stay with the operator.</summary>
internal static class JobErrors
{
    /// <summary>The code of an order that the seller's moderation refused.</summary>
    public const string ContentRefused = "content_refused";

    /// <summary>Our code in the failure of a submit without an answer, at a provider that does not call back.</summary>
    public const string NoCallback = "no_callback";

    public static JobError Canceled { get; } = new("provider", "canceled", "The job was cancelled before a video was made.");

    public static JobError Internal { get; } = new("internal", "internal_error", "The gateway could not finish this job; that is its fault, not yours.");

    private const string NotSettled = "payment_not_settled";

    /// <param name="code">The facilitator's last code, already checked to be one.</param>
    public static JobError Unpaid(string? code) => new("payment", NotSettled,
        "The payment was not settled and can no longer be: nothing was charged. Sign a new authorization to order again.") { Reason = code };

    /// <summary>An error as it is told today: earlier releases recorded the facilitator's code in the place of ours.</summary>
    public static JobError? Told(JobError? recorded) => recorded is { Stage: "payment", Code: not NotSettled }
        ? recorded with { Code = NotSettled, Reason = recorded.Code }
        : recorded;

    /// <summary>The video was made on trust and its payment failed.</summary>
    public static JobError Locked { get; } = new("payment", "payment_not_settled",
        "The video is made, and its payment could not be settled: nothing was charged. Pay at unlock_url to get it.");

    /// <summary>The most telling failure of all attempts: what the buyer can mend comes before what he cannot.</summary>
    public static JobError FromProviders(IReadOnlyList<ProviderFailure> failures)
    {
        FailureClass[] byInterest =
        [
            FailureClass.ContentPolicy, FailureClass.InvalidInput, FailureClass.InputUnreachable, FailureClass.ProviderTimeout,
            FailureClass.AmbiguousSubmit,
        ];
        var shown = byInterest.FirstOrDefault(c => failures.Any(f => f.Class == c && !f.IsOurs), FailureClass.ProviderUnavailable);
        return shown switch
        {
            FailureClass.ContentPolicy => new("provider", "content_policy", "The provider's content policy refused the prompt or the image."),
            FailureClass.InvalidInput => new("provider", "invalid_input", "The provider refused the input; another image or prompt may work."),
            FailureClass.InputUnreachable => new("provider", "input_unreachable", "The provider could not read the image."),
            FailureClass.ProviderTimeout => new("provider", "provider_timeout", "No provider finished the video in time."),
            FailureClass.AmbiguousSubmit when failures.Any(f => f is { Class: FailureClass.AmbiguousSubmit, Code: NoCallback }) => new("provider", "ambiguous_submit",
                "The provider's answer to the job was lost, and no callback can re-attach a video that it may have made."),
            FailureClass.AmbiguousSubmit => new("provider", "ambiguous_submit",
                "The provider's answer to the job was lost, and no callback came that would have re-attached a video that it may have made."),
            _ => new("provider", "provider_unavailable", "No provider could make the video."),
        };
    }
}
