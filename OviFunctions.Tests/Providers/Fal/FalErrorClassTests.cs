using OviFunctions.Providers;

namespace OviFunctions.Tests.Providers.Fal;

/// <summary>Every error type that fal documents, as a finished job's result answers with it.</summary>
public sealed class FalErrorClassTests
{
    private readonly FalAccount _account = new();

    [Theory]
    [InlineData("internal_server_error", 500, FailureClass.ProviderUnavailable)]
    [InlineData("generation_timeout", 504, FailureClass.ProviderTimeout)]
    [InlineData("downstream_service_error", 400, FailureClass.ProviderUnavailable)]
    [InlineData("downstream_service_error", 500, FailureClass.ProviderUnavailable)]
    [InlineData("downstream_service_unavailable", 500, FailureClass.ProviderUnavailable)]
    [InlineData("content_policy_violation", 422, FailureClass.ContentPolicy)]
    [InlineData("no_media_generated", 422, FailureClass.BadResult)]
    [InlineData("image_too_small", 422, FailureClass.InvalidInput)]
    [InlineData("image_too_large", 422, FailureClass.InvalidInput)]
    [InlineData("image_load_error", 422, FailureClass.InvalidInput)]
    [InlineData("file_download_error", 422, FailureClass.InputUnreachable)]
    [InlineData("file_too_large", 422, FailureClass.InvalidInput)]
    [InlineData("face_detection_error", 422, FailureClass.InvalidInput)]
    [InlineData("unsupported_image_format", 422, FailureClass.InvalidInput)]
    [InlineData("greater_than", 422, FailureClass.InvalidInput)]
    [InlineData("greater_than_equal", 422, FailureClass.InvalidInput)]
    [InlineData("less_than", 422, FailureClass.InvalidInput)]
    [InlineData("less_than_equal", 422, FailureClass.InvalidInput)]
    [InlineData("multiple_of", 422, FailureClass.InvalidInput)]
    [InlineData("sequence_too_short", 422, FailureClass.InvalidInput)]
    [InlineData("sequence_too_long", 422, FailureClass.InvalidInput)]
    [InlineData("one_of", 422, FailureClass.InvalidInput)]
    [InlineData("feature_not_supported", 422, FailureClass.InvalidInput)]
    [InlineData("missing", 422, FailureClass.InvalidInput)]
    [InlineData("value_error.missing", 422, FailureClass.InvalidInput)]
    [InlineData("some_validation_of_next_year", 422, FailureClass.InvalidInput)]
    [InlineData("some_trouble_of_next_year", 500, FailureClass.ProviderUnavailable)]
    public async Task ReadAsync_ErrorOfTheModel_HasItsClass(string type, int status, FailureClass expected)
    {
        _account.Fal
            .Answer(200, """{"status":"COMPLETED"}""")
            .Answer(status, $$"""{"detail":[{"loc":["body"],"msg":"because","type":"{{type}}"}]}""", ("X-Fal-Retryable", "true"));

        var failed = Assert.IsType<ReadResult.Failed>(await _account.Provider.ReadAsync(FalAccount.Job(), default));

        Assert.Equal(new ProviderFailure(expected, type, "body: because"), failed.Failure);
    }

    [Theory]
    [InlineData("request_timeout", 504, FailureClass.ProviderTimeout)]
    [InlineData("startup_timeout", 504, FailureClass.ProviderTimeout)]
    [InlineData("runner_scheduling_failure", 503, FailureClass.ProviderUnavailable)]
    [InlineData("runner_connection_timeout", 503, FailureClass.ProviderUnavailable)]
    [InlineData("runner_disconnected", 503, FailureClass.ProviderUnavailable)]
    [InlineData("runner_connection_refused", 503, FailureClass.ProviderUnavailable)]
    [InlineData("runner_connection_error", 503, FailureClass.ProviderUnavailable)]
    [InlineData("runner_incomplete_response", 502, FailureClass.ProviderUnavailable)]
    [InlineData("runner_server_error", 500, FailureClass.ProviderUnavailable)]
    [InlineData("client_disconnected", 499, FailureClass.ProviderUnavailable)]
    [InlineData("client_cancelled", 499, FailureClass.Cancelled)]
    [InlineData("bad_request", 400, FailureClass.InvalidInput)]
    [InlineData("internal_error", 500, FailureClass.ProviderUnavailable)]
    public async Task ReadAsync_ErrorOfFal_HasItsClass(string type, int status, FailureClass expected)
    {
        _account.Fal
            .Answer(200, $$"""{"status":"COMPLETED","error":"because","error_type":"{{type}}"}""")
            .Answer(status, $$"""{"detail":"because","error_type":"{{type}}"}""", ("X-Fal-Error-Type", type));

        var failed = Assert.IsType<ReadResult.Failed>(await _account.Provider.ReadAsync(FalAccount.Job(), default));

        Assert.Equal(new ProviderFailure(expected, type, "because"), failed.Failure);
    }

    [Theory]
    [InlineData(400, """{"detail":"Prompt is bad"}""", "Prompt is bad")]
    [InlineData(422, """{"detail":"Prompt is bad"}""", "Prompt is bad")]
    [InlineData(422, """{"error":"Prompt is bad"}""", "Prompt is bad")]
    [InlineData(422, """{"error":{"message":"Prompt is bad"}}""", "Prompt is bad")]
    [InlineData(422, """{"detail":[]}""", "HTTP 422")]
    [InlineData(422, """{"detail":["Prompt is bad"]}""", "unnamed error")]
    public async Task ReadAsync_UntypedClientError_IsInvalidInput(int status, string body, string message)
    {
        _account.Fal.Answer(200, """{"status":"COMPLETED"}""").Answer(status, body);

        var failed = Assert.IsType<ReadResult.Failed>(await _account.Provider.ReadAsync(FalAccount.Job(), default));

        Assert.Equal(new ProviderFailure(FailureClass.InvalidInput, null, message), failed.Failure);
    }
}
