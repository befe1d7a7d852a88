using OviFunctions.Admission;
using OviFunctions.Http;
using OviFunctions.Jobs;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Admission;

/// <summary>An API key's budget and concurrency; a video costs 0.42 USDC.</summary>
public sealed class ApiKeyAllowanceTests
{
    [Fact]
    public async Task AdmitAsync_BudgetOfTheDayIsSpent_Is429UntilMidnight()
    {
        var shop = new Shop(("ApiKeys:0:DailyBudgetUsdc", "0.84"));
        await AdmittedAsync(shop, "1");
        await AdmittedAsync(shop, "2");

        var problem = await RefusedAsync(shop, "3");

        var left = (int)(shop.Clock.GetUtcNow().Date.AddDays(1) - shop.Clock.GetUtcNow().UtcDateTime).TotalSeconds;
        Assert.Equal((429, "api_key_budget_spent", left), (problem.Status, problem.Code, problem.RetryAfterSeconds));
        Assert.Equal((RetryAction.WaitAndRetry, null), (problem.RetryAction, problem.PaymentState));
        Assert.Equal(2, shop.Client.InstanceIds.Count);
        await AdmittedAsync(shop, "2"); // a known order is not a new one

        Deliver(shop, "1");
        Assert.Equal("api_key_budget_spent", (await RefusedAsync(shop, "3")).Code); // a delivery is what the budget is for

        shop.Clock.Advance(TimeSpan.FromSeconds(left));
        await AdmittedAsync(shop, "3");
    }

    [Theory]
    [InlineData(JobState.Failed)]
    [InlineData(JobState.Canceled)]
    public async Task AdmitAsync_JobThatEndedWithoutAVideo_IsGivenBack(JobState end)
    {
        var shop = new Shop(("ApiKeys:0:DailyBudgetUsdc", "0.84"));
        await AdmittedAsync(shop, "1");
        await AdmittedAsync(shop, "2");
        Deliver(shop, "1");
        shop.Client.Set(JobIdentity.ForApiKey("alice", "2"), new JobStatus { State = end, Outcome = JobOutcome.Unpaid });

        await AdmittedAsync(shop, "3");

        Assert.Equal(429, (await RefusedAsync(shop, "4")).Status);
    }

    [Fact]
    public async Task AdmitAsync_TooManyAtOnce_Is429UntilOneHasEnded()
    {
        var shop = new Shop(("ApiKeys:0:MaxRunning", "2"));
        await AdmittedAsync(shop, "1");
        await AdmittedAsync(shop, "2");

        var problem = await RefusedAsync(shop, "3");
        Assert.Equal((429, "api_key_busy", RetryAction.WaitAndRetry), (problem.Status, problem.Code, problem.RetryAction));

        Deliver(shop, "2");
        await AdmittedAsync(shop, "3");
    }

    [Fact]
    public async Task AdmitAsync_JobOfYesterdayThatStillRuns_TakesItsPlaceButNotTodaysBudget()
    {
        var shop = new Shop(("ApiKeys:0:DailyBudgetUsdc", "0.42"), ("ApiKeys:0:MaxRunning", "2"));
        await AdmittedAsync(shop, "1");
        shop.Clock.Advance(TimeSpan.FromDays(1));

        await AdmittedAsync(shop, "2");

        Deliver(shop, "1");
        Assert.Equal("api_key_budget_spent", (await RefusedAsync(shop, "3")).Code);
    }

    [Fact]
    public async Task AdmitAsync_TenAtOnceAtTwoMachines_AsManyAsTheBudgetHas()
    {
        (string, string?)[] settings = [("ApiKeys:0:DailyBudgetUsdc", "1.27")];
        var shop = new Shop(settings);
        var other = new Shop(shop.Records, shop.Client, settings);
        shop.Records.Before = async (_, _) => await Task.Yield();

        var results = await Task.WhenAll(Enumerable.Range(0, 10).Select(i => Task.Run(() => OrderAsync(i % 2 == 0 ? shop : other, $"{i}"))));

        Assert.Equal(3, results.OfType<AdmissionResult.Admitted>().Count());
        Assert.Equal(3, shop.Client.InstanceIds.Count);
    }

    [Fact]
    public async Task AdmitAsync_CrashBetweenReservationAndClaim_IsFoundByTheRepeatAndForgottenInAnHour()
    {
        var shop = new Shop(("ApiKeys:0:DailyBudgetUsdc", "0.42"));
        shop.Records.Before = (call, name) => call == RecordCall.Create && name.StartsWith("claims/", StringComparison.Ordinal)
            ? throw new TimeoutException("crash")
            : Task.CompletedTask;
        await Assert.ThrowsAsync<TimeoutException>(() => OrderAsync(shop, "1"));
        shop.Records.Before = null;
        Assert.Equal(429, (await RefusedAsync(shop, "2")).Status);

        shop.Clock.Advance(TimeSpan.FromMinutes(61));
        await AdmittedAsync(shop, "2");
    }

    [Fact]
    public async Task AdmitAsync_AfterTheKeysLastDay_Is401()
    {
        var today = DateOnly.FromDateTime(new Shop().Clock.GetUtcNow().UtcDateTime);
        await AdmittedAsync(new Shop(("ApiKeys:0:LastDay", $"{today:yyyy-MM-dd}")), "1");

        Assert.Equal(401, (await RefusedAsync(new Shop(("ApiKeys:0:LastDay", $"{today.AddDays(-1):yyyy-MM-dd}")), "1")).Status);
    }

    private static void Deliver(Shop shop, string key) => shop.Client.Set(
        JobIdentity.ForApiKey("alice", key), new JobStatus { State = JobState.Succeeded, Outcome = JobOutcome.Delivered });

    private static Task<AdmissionResult> OrderAsync(Shop shop, string key) =>
        shop.ByApiKey.AdmitAsync(shop.Order(Shop.Body, key), TestSettings.ApiKey, shop.Client, default);

    private static async Task AdmittedAsync(Shop shop, string key) => Assert.IsType<AdmissionResult.Admitted>(await OrderAsync(shop, key));

    private static async Task<Problem> RefusedAsync(Shop shop, string key) => Assert.IsType<AdmissionResult.Refused>(await OrderAsync(shop, key)).Problem;
}
