using System.Text.Json;
using OviFunctions.DevStack.Simulators;
using OviFunctions.Tests.EndToEnd.Support;

namespace OviFunctions.Tests.EndToEnd;

/// <summary>Every way in which a provider can fail a job: who delivers in the end, and how many jobs were bought for it.</summary>
public sealed class ProviderFaultTests(ProviderFaults faults) : IClassFixture<ProviderFaults>
{
    private readonly FalSimulator _fal = faults.Gateway.Stack.Fal;
    private readonly FalSimulator _secondFal = faults.Gateway.Stack.SecondFal;

    /// <summary>A fault of every submit; the submits at the first provider, the jobs it took, and why its attempt failed (null: it delivered).</summary>
    [Theory]
    [InlineData(FalSubmitFault.None, 1, 1, null)]
    [InlineData(FalSubmitFault.Invalid, 1, 0, "invalid_input")]
    [InlineData(FalSubmitFault.Unauthorized, 1, 0, "provider_unavailable")]
    [InlineData(FalSubmitFault.Locked, 1, 0, "provider_credits")]
    [InlineData(FalSubmitFault.RateLimited, 1, 0, "rate_limited")]
    [InlineData(FalSubmitFault.ServerError, 1, 0, "provider_unavailable")]
    [InlineData(FalSubmitFault.GatewayErrorBefore, 2, 0, "ambiguous_submit")]
    [InlineData(FalSubmitFault.GatewayErrorAfter, 1, 1, null)]
    [InlineData(FalSubmitFault.DropBefore, 2, 0, "ambiguous_submit")]
    [InlineData(FalSubmitFault.DropAfter, 1, 1, null)]
    [InlineData(FalSubmitFault.NoRequestId, 1, 1, null)]
    [InlineData(FalSubmitFault.ForeignUrls, 1, 1, null)]
    public Task Submit(FalSubmitFault fault, int submits, int taken, string? failure) =>
        AssertDeliveredAsync($"submit {fault}", submits, taken, failure);

    /// <summary>A fault of the first submit only: what may be sent again is sent again, once.</summary>
    [Theory]
    [InlineData(FalSubmitFault.GatewayErrorBefore, "once", 2, 1)]
    [InlineData(FalSubmitFault.DropBefore, "once", 2, 1)]
    [InlineData(FalSubmitFault.GatewayErrorAfter, "once", 1, 1)]
    [InlineData(FalSubmitFault.DropAfter, "once", 1, 1)]
    [InlineData(FalSubmitFault.GatewayErrorAfter, "and webhook lost", 2, 2)]
    [InlineData(FalSubmitFault.DropAfter, "and webhook lost", 2, 2)]
    [InlineData(FalSubmitFault.NoRequestId, "and webhook lost", 2, 2)]
    public Task SubmitWithoutAnAnswer_IsSentAgainOnlyWhenNoCallbackCame(FalSubmitFault fault, string how, int submits, int taken) =>
        AssertDeliveredAsync($"submit {fault} {how}", submits, taken, failure: null);

    /// <summary>The failure of the first provider's attempt, and what the buyer is told when the second fails the same way.</summary>
    [Theory]
    [InlineData(FalOutcome.ContentPolicy, "content_policy", "content_policy")]
    [InlineData(FalOutcome.InvalidInput, "invalid_input", "invalid_input")]
    [InlineData(FalOutcome.ImageUnreachable, "input_unreachable", "input_unreachable")]
    [InlineData(FalOutcome.InternalError, "provider_unavailable", "provider_unavailable")]
    [InlineData(FalOutcome.GenerationTimeout, "provider_timeout", "provider_timeout")]
    [InlineData(FalOutcome.RunnerDisconnected, "provider_unavailable", "provider_unavailable")]
    [InlineData(FalOutcome.NoVideo, "bad_result", "provider_unavailable")]
    public async Task Outcome(FalOutcome outcome, string failure, string error)
    {
        await AssertDeliveredAsync($"outcome {outcome}", 1, 1, failure);
        if (ProviderFaults.ModelOutcomes.Contains(outcome)) await AssertDeliveredAsync($"outcome {outcome} hidden", 1, 1, failure);
        await AssertFailedAsync($"outcome {outcome} twice", error);
    }

    [Fact]
    public Task SeveralFailures_TheBuyerIsToldWhatHeCanMend() => AssertFailedAsync("policy and locked", "content_policy", submitsAtSecond: 1);

    /// <summary>The status with which we answered each callback.</summary>
    [Theory]
    [InlineData(FalWebhookFault.None, 200)]
    [InlineData(FalWebhookFault.Lost)]
    [InlineData(FalWebhookFault.Duplicate, 200, 200)]
    [InlineData(FalWebhookFault.Late, 200)]
    [InlineData(FalWebhookFault.Forged, 401)]
    [InlineData(FalWebhookFault.NotSigned, 401)]
    [InlineData(FalWebhookFault.ForAnotherJob, 200)]
    public async Task Webhook(FalWebhookFault fault, params int[] answers)
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
    [InlineData(FalMediaFault.None, 1, null)]
    [InlineData(FalMediaFault.Truncated, 4, "bad_result")]
    [InlineData(FalMediaFault.Html, 1, "bad_result")]
    [InlineData(FalMediaFault.WrongLength, 4, "bad_result")]
    [InlineData(FalMediaFault.Missing, 4, "result_expired")]
    public async Task Media(FalMediaFault fault, int reads, string? failure)
    {
        await AssertDeliveredAsync($"media {fault}", 1, 1, failure);

        Assert.Equal(reads, _fal.CallsOf(FaultOf($"media {fault}").Prompt, FalCallKind.Media).Count);
    }

    [Theory]
    [InlineData(FalMediaFault.Truncated)]
    [InlineData(FalMediaFault.WrongLength)]
    [InlineData(FalMediaFault.Missing)]
    public Task MediaThatIsWholeTheSecondTime_IsDelivered(FalMediaFault fault) => AssertDeliveredAsync($"media {fault} once", 1, 1, failure: null);

    [Fact]
    public Task ReadsThatFail_AreRepeated() => AssertDeliveredAsync("reads fail", 1, 1, failure: null);

    [Fact]
    public async Task EveryUrlOfFals_IsReadAtTheConfiguredHostOnly()
    {
        await AssertDeliveredAsync("submit ForeignUrls", 1, 1, failure: null);

        var prompt = FaultOf("submit ForeignUrls").Prompt;
        Assert.NotEmpty(_fal.CallsOf(prompt, FalCallKind.Result));
        Assert.All(_fal.CallsOf(prompt, FalCallKind.Media), call => Assert.False(call.Headers.ContainsKey("authorization"), "The key went to the media host."));
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

    private async Task AssertFailedAsync(string name, string error, int submitsAtSecond = 1)
    {
        var fault = FaultOf(name);
        var job = await faults.EndOfAsync(fault);

        Assert.Equal(("failed", "provider", error), (job.Text("status"), job.Text("error.stage"), job.Text("error.code")));
        Assert.Equal(0, job.Count("assets"));
        Assert.Equal(0, job.GetProperty("cost_actual_usd").GetDecimal());
        Assert.Equal((1, submitsAtSecond), (_fal.SubmitsOf(fault.Prompt).Count, _secondFal.SubmitsOf(fault.Prompt).Count));
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
