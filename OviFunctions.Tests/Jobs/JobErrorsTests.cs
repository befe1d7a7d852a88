using System.Text.Json;
using OviFunctions.Jobs;
using OviFunctions.Providers;

namespace OviFunctions.Tests.Jobs;

public sealed class JobErrorsTests
{
    [Theory]
    [InlineData("provider_unavailable")]
    [InlineData("content_policy", FailureClass.ProviderUnavailable, FailureClass.InvalidInput, FailureClass.ContentPolicy)]
    [InlineData("invalid_input", FailureClass.InputUnreachable, FailureClass.InvalidInput, FailureClass.ProviderTimeout)]
    [InlineData("input_unreachable", FailureClass.ProviderTimeout, FailureClass.InputUnreachable)]
    [InlineData("provider_timeout", FailureClass.RateLimited, FailureClass.ProviderTimeout)]
    [InlineData("provider_unavailable", FailureClass.RateLimited)]
    [InlineData("provider_unavailable", FailureClass.ProviderCredits)] // the operator's business
    [InlineData("provider_unavailable", FailureClass.BadResult, FailureClass.ResultExpired)]
    [InlineData("ambiguous_submit", FailureClass.BadResult, FailureClass.AmbiguousSubmit)]
    [InlineData("provider_timeout", FailureClass.AmbiguousSubmit, FailureClass.ProviderTimeout)]
    public void FromProviders_SeveralFailures_ShowsWhatTheBuyerCanMend(string code, params FailureClass[] failures)
    {
        var error = JobErrors.FromProviders([.. failures.Select(f => new ProviderFailure(f, "fal_code", "fal says: key 123 is locked"))]);

        Assert.Equal(("provider", code), (error.Stage, error.Code));
        Assert.DoesNotContain("fal", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, "no callback came")]
    [InlineData(JobErrors.NoCallback, "no callback can re-attach")]
    public void FromProviders_AnswerLost_SaysWhetherACallbackCouldHaveCome(string? code, string says) => Assert.Contains(
        says, JobErrors.FromProviders([new ProviderFailure(FailureClass.AmbiguousSubmit, code, "")]).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("insufficient_funds")]
    [InlineData(null)]
    public void Unpaid_FacilitatorsCode_StandsBesideOurs(string? code)
    {
        var error = JobErrors.Unpaid(code);

        Assert.Equal(("payment", "payment_not_settled", code), (error.Stage, error.Code, error.Reason));
        Assert.Equal(error, JobErrors.Told(error));
        Assert.Contains("nothing was charged", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Told_RecordOfAnEarlierRelease_HasOurCodeAndTheFacilitatorsBesideIt()
    {
        var recorded = JsonSerializer.Deserialize<JobError>("""{"Stage":"payment","Code":"insufficient_funds","Message":"m"}""");

        Assert.Equal(new JobError("payment", "payment_not_settled", "m") { Reason = "insufficient_funds" }, JobErrors.Told(recorded));
        Assert.Equal(JobErrors.Internal, JobErrors.Told(JobErrors.Internal));
        Assert.Null(JobErrors.Told(null));
    }

    [Fact]
    public void FromProviders_TheAccountIsAtFault_TheBuyerIsNotBlamed()
    {
        var error = JobErrors.FromProviders([new ProviderFailure(FailureClass.InvalidInput, "401", "Invalid key") { IsOurs = true }]);

        Assert.Equal("provider_unavailable", error.Code);
    }
}
