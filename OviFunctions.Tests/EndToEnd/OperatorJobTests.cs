using System.Text.Json;
using OviFunctions.DevStack;
using OviFunctions.DevStack.Simulators;
using OviFunctions.Tests.EndToEnd.Support;

namespace OviFunctions.Tests.EndToEnd;

/// <summary>What the operator reads of a job: the providers' own words, which its buyer does not see.</summary>
public sealed class OperatorJobTests(GatewayFixture fixture) : GatewayTest(fixture.Gateway), IClassFixture<GatewayFixture>
{
    private static readonly (string, string) Key = ("Authorization", "Bearer " + GatewaySettings.OperatorKey);

    [Fact]
    public async Task Job_BothProvidersFail_TheOperatorSeesTheirWordsAndIds()
    {
        Stack.Fal.Faults.ForPrompt(Prompt, new SimulatorFault { Outcome = SimulatedOutcome.ContentPolicy });
        Stack.SecondFal.Faults.ForPrompt(Prompt, new SimulatorFault { Submit = SubmitFault.ServerError });
        var ticket = await OrderByKeyAsync();
        await Shop.EndOfAsync(ticket);

        var view = (await Shop.GetAsync("/v1/operator/jobs/" + ticket.Id, Key)).Json;

        var submits = view.GetProperty("submits").EnumerateArray().ToArray();
        Assert.Equal(["0-1 fal accepted", "1-1 fal-2 rejected"], submits.Select(submit => $"{submit.Text("submit")} {submit.Text("provider")} {submit.Text("state")}"));
        Assert.Equal(Assert.Single(Stack.Fal.SubmitsOf(Prompt)).RequestId, submits[0].Text("request_id"));
        var attempts = view.GetProperty("attempts").EnumerateArray().ToArray();
        Assert.Equal(
            ["content_policy content_policy_violation", "provider_unavailable runner_scheduling_failure"],
            attempts.Select(attempt => $"{attempt.Text("failure.class")} {attempt.Text("failure.code")}"));
        Assert.Contains("a content checker flagged it", attempts[0].Text("failure.message"), StringComparison.Ordinal);
        Assert.Contains("No runner could be allocated", attempts[1].Text("failure.message"), StringComparison.Ordinal);
        Assert.DoesNotContain("No runner", (await Shop.GetAsync(ticket.Path, ticket.Bearer)).Json.GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Job_WithoutTheOperatorsKeyOrUnknown_IsNotShown()
    {
        var ticket = await OrderByKeyAsync();

        Assert.Equal(401, (await Shop.GetAsync("/v1/operator/jobs/" + ticket.Id, ticket.Bearer)).Status);
        Assert.Equal(404, (await Shop.GetAsync("/v1/operator/jobs/job_" + new string('a', 36), Key)).Status);
        Assert.Equal(404, (await Shop.GetAsync("/v1/operator/jobs/..%2Fclaims", Key)).Status);
    }
}
