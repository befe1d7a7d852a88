using OviFunctions.Providers;

namespace OviFunctions.Tests.Providers;

public sealed class AccountFaultTests
{
    [Theory]
    [InlineData(FailureClass.ProviderUnavailable, 401, true, false)]
    [InlineData(FailureClass.ProviderCredits, 402, true, false)]
    [InlineData(FailureClass.ProviderCredits, 403, true, false)]
    [InlineData(FailureClass.ProviderCredits, 406, true, false)]
    [InlineData(FailureClass.ProviderCredits, null, false, false)]
    [InlineData(FailureClass.ProviderUnavailable, 404, true, true)]
    [InlineData(FailureClass.ProviderUnavailable, 410, true, true)]
    [InlineData(FailureClass.ProviderUnavailable, 403, false, false)]
    [InlineData(FailureClass.ProviderUnavailable, 503, false, false)]
    [InlineData(FailureClass.ProviderUnavailable, null, false, false)]
    [InlineData(FailureClass.RateLimited, 429, false, false)]
    [InlineData(FailureClass.InvalidInput, 404, false, false)]
    [InlineData(FailureClass.ContentPolicy, 422, false, false)]
    public void Mark_Refusal_IsTheAccountsOrTheModelsOrOfTheJob(FailureClass why, int? status, bool isOurs, bool isModelGone)
    {
        var failure = AccountFault.Mark(new ProviderFailure(why, "code", "Words."), status);

        Assert.Equal((why, "code", "Words.", isOurs, isModelGone), (failure.Class, failure.Code, failure.Message, failure.IsOurs, failure.IsModelGone));
    }
}
