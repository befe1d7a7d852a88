namespace OviFunctions.Providers.Fal;

/// <summary>
/// fal's error types (docs.fal.ai: Model Errors, Request Errors) in our failure classes. A type decides where it is
/// listed; the HTTP status decides for every other, so that a new validation type is still an invalid input.
/// </summary>
internal static class FalErrorClass
{
    public const string ContentPolicyViolation = "content_policy_violation";

    public static FailureClass Of(string? type, int? status, string message) => type switch
    {
        ContentPolicyViolation => FailureClass.ContentPolicy,
        "file_download_error" => FailureClass.InputUnreachable,
        "no_media_generated" => FailureClass.BadResult,
        "generation_timeout" or "request_timeout" or "startup_timeout" => FailureClass.ProviderTimeout,
        "client_cancelled" => FailureClass.Cancelled,
        "internal_server_error" or "internal_error" or "downstream_service_error" or "downstream_service_unavailable"
            or "runner_scheduling_failure" or "runner_connection_timeout" or "runner_disconnected" or "runner_connection_refused"
            or "runner_connection_error" or "runner_incomplete_response" or "runner_server_error" or "client_disconnected"
            => FailureClass.ProviderUnavailable,
        "image_too_small" or "image_too_large" or "image_load_error" or "file_too_large" or "face_detection_error"
            or "unsupported_image_format" or "greater_than" or "greater_than_equal" or "less_than" or "less_than_equal" or "multiple_of"
            or "sequence_too_short" or "sequence_too_long" or "one_of" or "missing"
            or "value_error.missing" or "feature_not_supported" or "bad_request"
            => FailureClass.InvalidInput,
        _ => OfStatus(status, message),
    };

    private static FailureClass OfStatus(int? status, string message) => status switch
    {
        // "User is locked. Reason: Exhausted balance." is a 403.
        403 when IsLocked(message) => FailureClass.ProviderCredits,
        499 => FailureClass.Cancelled,
        _ => HttpFailureClass.Of(status),
    };

    private static bool IsLocked(string message) =>
        message.Contains("locked", StringComparison.OrdinalIgnoreCase) || message.Contains("balance", StringComparison.OrdinalIgnoreCase);
}
