using OviFunctions.Http;
using OviFunctions.Jobs;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Admission;

public sealed class JobCapacityTests
{
    private readonly Shop _shop = new(("Limits:MaxJobsInFlight", "2"));

    [Fact]
    public async Task AdmitAsync_AsManyJobsAsThereIsRoomFor_Is503UntilOneHasEnded()
    {
        await _shop.AdmittedAsync(_shop.Pay(1));
        await _shop.AdmittedAsync(_shop.Pay(2));

        var problem = await _shop.RefusedAsync(_shop.Pay(3));

        Assert.Equal((503, "no_capacity", PaymentState.Unused), (problem.Status, problem.Code, problem.PaymentState));
        Assert.Equal((RetryAction.RetrySamePayment, 30), (problem.RetryAction, problem.RetryAfterSeconds));
        Assert.Equal(2, _shop.Facilitator.Asked.Count);
        await _shop.AdmittedAsync(_shop.Pay(2));
        var byKey = await _shop.ByApiKey.AdmitAsync(_shop.Order(Shop.Body, "1"), TestSettings.ApiKey, _shop.Client, default);
        Assert.Equal("no_capacity", Assert.IsType<OviFunctions.Admission.AdmissionResult.Refused>(byKey).Problem.Code);

        _shop.Client.Set(Shop.JobIdOf(1), Shop.Settled, Microsoft.DurableTask.Client.OrchestrationRuntimeStatus.Completed);
        _shop.Clock.Advance(TimeSpan.FromSeconds(5));
        await _shop.AdmittedAsync(_shop.Pay(3));
    }

    [Fact]
    public async Task AdmitAsync_JobsOfOtherMachinesBehindEmptyPages_AreCounted()
    {
        // Azure Tables may return empty pages before the first result.
        _shop.Client.EmptyPages = 2;
        _shop.Client.Add(JobSamples.KeyJob);
        _shop.Client.Add(JobSamples.PaidJobOf(9));

        Assert.Equal("no_capacity", (await _shop.RefusedAsync(_shop.Pay(1))).Code);
    }
}
