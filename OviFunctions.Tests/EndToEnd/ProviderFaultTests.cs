using System.Text.Json;
using OviFunctions.DevStack.Simulators;
using OviFunctions.DevStack.Simulators.Fal;
using OviFunctions.Tests.EndToEnd.Support;

namespace OviFunctions.Tests.EndToEnd;

/// <summary>Every way in which a provider can fail a job: who delivers in the end, and how many jobs were bought for it.</summary>
public sealed class ProviderFaultTests(ProviderFaults faults) : IClassFixture<ProviderFaults>
{
    private readonly FalSimulator _fal = faults.Gateway.Stack.Fal;
    private readonly FalSimulator _secondFal = faults.Gateway.Stack.SecondFal;

    /// <summary>
    /// A fault of every submit; the submits at the first provider, the jobs it took, and why its attempt failed (null: it delivered).
    /// </summary>
    [Theory]
    [InlineData(SubmitFault.None, 1, 1, null)]
    [InlineData(SubmitFault.Invalid, 1, 0, "invalid_input")]
    [InlineData(SubmitFault.ServerError, 1, 0, "provider_unavailable")]
    [InlineData(SubmitFault.GatewayErrorBefore, 2, 0, "ambiguous_submit")]
    [InlineData(SubmitFault.GatewayErrorAfter, 1, 1, null)]
    [InlineData(SubmitFault.DropBefore, 2, 0, "ambiguous_submit")]
    [InlineData(SubmitFault.DropAfter, 1, 1, null)]
    [InlineData(SubmitFault.NoRequestId, 1, 1, null)]
    [InlineData(SubmitFault.ForeignUrls, 1, 1, null)]
    public Task Submit(SubmitFault fault, int submits, int taken, string? failure) =>
        AssertDeliveredAsync($"submit {fault}", submits, taken, failure);

    /// <summary>A fault of the first submit only: what may be sent again is sent again, once.</summary>
    [Theory]
    [InlineData(SubmitFault.GatewayErrorBefore, "once", 2, 1)]
    [InlineData(SubmitFault.DropBefore, "once", 2, 1)]
    [InlineData(SubmitFault.GatewayErrorAfter, "once", 1, 1)]
    [InlineData(SubmitFault.DropAfter, "once", 1, 1)]
    [InlineData(SubmitFault.GatewayErrorAfter, "and webhook lost", 2, 2)]
    [InlineData(SubmitFault.DropAfter, "and webhook lost", 2, 2)]
    [InlineData(SubmitFault.NoRequestId, "and webhook lost", 2, 2)]
    public Task SubmitWithoutAnAnswer_IsSentAgainOnlyWhenNoCallbackCame(SubmitFault fault, string how, int submits, int taken) =>
        AssertDeliveredAsync($"submit {fault} {how}", submits, taken, failure: null);

    /// <summary>The failure of the first provider's attempt, and what the buyer is told when the second fails the same way.</summary>
    [Theory]
    [InlineData(SimulatedOutcome.ContentPolicy, "content_policy", "content_policy")]
    [InlineData(SimulatedOutcome.InvalidInput, "invalid_input", "invalid_input")]
    [InlineData(SimulatedOutcome.ImageUnreachable, "input_unreachable", "input_unreachable")]
    [InlineData(SimulatedOutcome.InternalError, "provider_unavailable", "provider_unavailable")]
    [InlineData(SimulatedOutcome.GenerationTimeout, "provider_timeout", "provider_timeout")]
    [InlineData(SimulatedOutcome.RunnerDisconnected, "provider_unavailable", "provider_unavailable")]
    [InlineData(SimulatedOutcome.NoVideo, "bad_result", "provider_unavailable")]
    public async Task Outcome(SimulatedOutcome outcome, string failure, string error)
    {
        await AssertDeliveredAsync($"outcome {outcome}", 1, 1, failure);
        if (ProviderFaults.ModelOutcomes.Contains(outcome)) await AssertDeliveredAsync($"outcome {outcome} hidden", 1, 1, failure);
        await AssertFailedAsync($"outcome {outcome} twice", error);
    }

    [Fact]
    public Task SeveralFailures_TheBuyerIsToldWhatHeCanMend() => AssertFailedAsync("policy and no runner", "content_policy");

    /// <summary>The status with which we answered each callback.</summary>
    [Theory]
    [InlineData(WebhookFault.None, 200)]
    [InlineData(WebhookFault.Lost)]
    [InlineData(WebhookFault.Duplicate, 200, 200)]
    [InlineData(WebhookFault.Late, 200)]
    [InlineData(WebhookFault.Forged, 401)]
    [InlineData(WebhookFault.NotSigned, 401)]
    [InlineData(WebhookFault.ForAnotherJob, 200)]
    public async Task Webhook(WebhookFault fault, params int[] answers)
    {
        var name = $"webhook {fault}";
        await AssertDeliveredAsync(name, 1, 1, failure: null);

        var prompt = FaultOf(name).Prompt;
        var id = Assert.Single(_fal.SubmitsOf(prompt)).RequestId;
        await _fal.Callbacks.WaitAsync(all => all.Count(callback => callback.RequestId == id) >= answers.Length, Soon);
        // What is refused is sent again, as it is when it was lost.
        Assert.Equal(answers, _fal.CallbacksOf(prompt).Where(callback => callback.Attempt == 1).Select(callback => callback.Status ?? 0));
    }

    /// <summary>How often the file was read, and why the first attempt failed.</summary>
    [Theory]
    [InlineData(MediaFault.None, 1, null)]
    [InlineData(MediaFault.Truncated, 4, "bad_result")]
    [InlineData(MediaFault.Html, 1, "bad_result")]
    [InlineData(MediaFault.WrongLength, 4, "bad_result")]
    [InlineData(MediaFault.Missing, 4, "result_expired")]
    public async Task Media(MediaFault fault, int reads, string? failure)
    {
        await AssertDeliveredAsync($"media {fault}", 1, 1, failure);

        Assert.Equal(reads, _fal.CallsOf(FaultOf($"media {fault}").Prompt, SimulatorCallKind.Media).Count);
    }

    [Theory]
    [InlineData(MediaFault.Truncated)]
    [InlineData(MediaFault.WrongLength)]
    [InlineData(MediaFault.Missing)]
    public Task MediaThatIsWholeTheSecondTime_IsDelivered(MediaFault fault) =>
        AssertDeliveredAsync($"media {fault} once", 1, 1, failure: null);

    [Fact]
    public Task ReadsThatFail_AreRepeated() => AssertDeliveredAsync("reads fail", 1, 1, failure: null);

    [Fact]
    public async Task EveryUrlOfFals_IsReadAtTheConfiguredHostOnly()
    {
        await AssertDeliveredAsync("submit ForeignUrls", 1, 1, failure: null);

        var prompt = FaultOf("submit ForeignUrls").Prompt;
        Assert.NotEmpty(_fal.CallsOf(prompt, SimulatorCallKind.Result));
        foreach (var download in _fal.CallsOf(prompt, SimulatorCallKind.Media))
            Assert.False(download.Headers.ContainsKey("authorization"), "The key went to the media host.");
    }

    private static CancellationToken Soon => new CancellationTokenSource(TimeSpan.FromSeconds(60)).Token;

    private static ProviderFault FaultOf(string name) => ProviderFaults.All.Single(fault => fault.Name == name);

    /// <summary>Asserts that the first provider delivered, or the second because the first failed.</summary>
    private async Task AssertDeliveredAsync(string name, int submits, int taken, string? failure)
    {
        var fault = FaultOf(name);
        var job = await faults.EndOfAsync(fault);

        Assert.Equal("succeeded", job.Text("status"));
        Assert.Null(job.Find("error"));
        var attempts = job.GetProperty("attempts").EnumerateArray()
            .Select(attempt => $"{attempt.Text("provider")} {attempt.Text("state")} {attempt.Text("failure")}".TrimEnd());
        Assert.Equal(failure is null ? ["fal delivered"] : [$"fal failed {failure}", "fal-2 delivered"], attempts);
        var first = _fal.SubmitsOf(fault.Prompt);
        Assert.Equal((submits, taken), (first.Count, first.Count(submit => submit.RequestId is not null)));
        Assert.Equal(failure is null ? 0 : 1, _secondFal.SubmitsOf(fault.Prompt).Count);
        AssertNothingOfTheProvidersShows(job);
    }

    private async Task AssertFailedAsync(string name, string error)
    {
        var fault = FaultOf(name);
        var job = await faults.EndOfAsync(fault);

        Assert.Equal(("failed", "provider", error), (job.Text("status"), job.Text("error.stage"), job.Text("error.code")));
        Assert.Equal(0, job.Count("assets"));
        Assert.Equal(0, job.GetProperty("cost_actual_usd").GetDecimal());
        Assert.Equal((1, 1), (_fal.SubmitsOf(fault.Prompt).Count, _secondFal.SubmitsOf(fault.Prompt).Count));
        AssertNothingOfTheProvidersShows(job);
    }

    private void AssertNothingOfTheProvidersShows(JsonElement job)
    {
        var text = job.GetRawText();
        Assert.DoesNotContain(_fal.Url.Authority, text, StringComparison.Ordinal);
        Assert.DoesNotContain(_secondFal.Url.Authority, text, StringComparison.Ordinal);
        foreach (var id in _fal.TakenJobs.Concat(_secondFal.TakenJobs)) Assert.DoesNotContain(id, text, StringComparison.Ordinal);
    }
}
