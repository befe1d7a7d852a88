using OviFunctions.DevStack.Simulators;
using OviFunctions.Tests.EndToEnd.Support;

namespace OviFunctions.Tests.EndToEnd;

/// <summary><c>GET</c> on a job, with and without waiting for its end.</summary>
public sealed class JobReadingTests(GatewayFixture fixture) : GatewayTest(fixture.Gateway), IClassFixture<GatewayFixture>
{
    [Fact]
    public async Task WithoutAPreference_AnswersAtOnceAndSaysWhenToComeBack()
    {
        Stack.Fal.Faults.ForPrompt(Prompt, new SimulatorFault { ProcessingMilliseconds = 1500 });
        var ticket = await OrderByKeyAsync();

        var answer = await Shop.GetAsync(ticket.Path, ticket.Bearer);

        Assert.Equal((200, "2"), (answer.Status, answer.Header("Retry-After")));
        Assert.Contains("no-store", answer.Header("Cache-Control")!, StringComparison.Ordinal);
        Assert.True(answer.Text("job.status") is "queued" or "running");
        Assert.Null(answer.Header("Preference-Applied"));
        await Shop.EndOfAsync(ticket);
    }

    [Theory]
    [InlineData("wait=30")]
    [InlineData("respond-async, wait=30")]
    [InlineData("wait=30; something")]
    public async Task Wait_AnswersWhenTheJobHasEnded(string preference)
    {
        Stack.Fal.Faults.ForPrompt(Prompt, new SimulatorFault { ProcessingMilliseconds = 300 });
        var ticket = await OrderByKeyAsync();

        var answer = await Shop.GetAsync(ticket.Path, ticket.Bearer, ("Prefer", preference));

        Assert.Equal((200, "succeeded"), (answer.Status, answer.Text("job.status")));
        Assert.Equal("wait=30", answer.Header("Preference-Applied"));
        Assert.Null(answer.Header("Retry-After"));
    }

    [Fact]
    public async Task Wait_AnswersInTimeWhenTheJobHasNot()
    {
        Stack.Fal.Faults.ForPrompt(Prompt, new SimulatorFault { Outcome = SimulatedOutcome.NeverFinishes });
        var ticket = await OrderByKeyAsync();

        var started = TimeProvider.System.GetTimestamp();
        var answer = await Shop.GetAsync(ticket.Path, ticket.Bearer, ("Prefer", "wait=1"));
        var took = TimeProvider.System.GetElapsedTime(started);

        Assert.Equal("running", answer.Text("job.status"));
        Assert.Equal(("wait=1", "2"), (answer.Header("Preference-Applied"), answer.Header("Retry-After")));
        Assert.InRange(took, TimeSpan.FromSeconds(0.9), TimeSpan.FromSeconds(30));
        await Shop.SendAsync(HttpMethod.Delete, ticket.Path, headers: [ticket.Bearer]);
        await Shop.EndOfAsync(ticket);
    }

    [Fact]
    public async Task Wait_IsCappedAndNonsenseIsIgnored()
    {
        var ticket = await OrderByKeyAsync();
        await Shop.EndOfAsync(ticket);

        Assert.Equal("wait=60", (await Shop.GetAsync(ticket.Path, ticket.Bearer, ("Prefer", "wait=99999"))).Header("Preference-Applied"));
        foreach (var nonsense in new[] { "wait=-1", "wait=soon", "wait", "return=minimal" })
            Assert.Null((await Shop.GetAsync(ticket.Path, ticket.Bearer, ("Prefer", nonsense))).Header("Preference-Applied"));
    }

    [Fact]
    public async Task Job_ShowsTheOrderWithItsDefaultsAndNothingSecret()
    {
        var ticket = await OrderByKeyAsync();
        var job = await Shop.EndOfAsync(ticket);

        var shown = job.GetProperty("params");
        Assert.Equal((Prompt, "inline", "992x512"), (shown.Text("prompt"), shown.Text("image_url"), shown.Text("resolution")));
        Assert.Equal("jitter, bad hands, blur, distortion", shown.Text("negative_prompt"));
        Assert.Equal(30, shown.GetProperty("num_inference_steps").GetInt32());
        Assert.Equal(ticket.Path, new Uri(job.Text("status_url")!).AbsolutePath);
        Assert.DoesNotContain(ticket.Token, job.GetRawText(), StringComparison.Ordinal);
        Assert.DoesNotContain(ticket.WebhookSecret!, job.GetRawText(), StringComparison.Ordinal);
        Assert.DoesNotContain("callbacks", job.GetRawText(), StringComparison.Ordinal);
    }
}
