using System.Web;
using OviFunctions.Activities;
using OviFunctions.Configuration;
using OviFunctions.Jobs;
using OviFunctions.Payments.Ledger;
using OviFunctions.Providers;
using OviFunctions.Secrets;
using OviFunctions.Tests.Support;
using static OviFunctions.Tests.Orchestrations.OrchestrationSamples;

namespace OviFunctions.Tests.Activities;

public sealed class SubmitToProviderTests
{
    private static readonly string Line1 = RecordNames.Submit(JobId, 0, 1);
    private static readonly string Line2 = RecordNames.Submit(JobId, 0, 2);

    private readonly ActivityBench _bench = new();

    private PlayedProvider Provider => _bench.Provider;

    public static TheoryData<string> Answers => ["accepted", "rejected", "ambiguous", "url"];

    [Fact]
    public async Task Run_Post_TheIntentIsWrittenBeforeAndTheAnswerAfter()
    {
        SubmitIntent? atPost = null;
        Provider.Submit = async (_, _) =>
        {
            atPost = await _bench.LineAsync(Line1);
            return new SubmitResult.Accepted(new ProviderJob("r1"));
        };

        var step = await RunAsync();

        Assert.Equal(new SubmitIntent("fal", _bench.Time.GetUtcNow()), atPost);
        Assert.Equal(SubmitState.Accepted, step.State);
        Assert.Equal("r1", (await _bench.LineAsync(Line1))!.Step!.Job!.RequestId);
    }

    [Fact]
    public async Task Run_Request_HasTheOrderAndLinksOfOursOnly()
    {
        await RunAsync();

        var request = Provider.LastRequest!;
        Assert.Equal(
            (Request.Prompt, Request.NegativePrompt, Request.AudioNegativePrompt, 30, 42L),
            (request.Prompt, request.NegativePrompt, request.AudioNegativePrompt, request.Steps, request.Seed));
        Assert.Equal(("video.example.com", $"/v1/images/{JobId}"), (request.ImageUrl!.Host, request.ImageUrl.AbsolutePath));

        // The image's link outlives the deadline by an hour, because a runner may be late.
        var query = HttpUtility.ParseQueryString(request.ImageUrl.Query);
        foreach (var (at, opens) in new[] { (Deadline.AddMinutes(59), true), (Deadline.AddMinutes(61), false) })
            Assert.Equal(opens, _bench.Secrets.IsLink(query["e"], query["k"], query["s"], JobId, "image", at));

        var token = request.CallbackUrl.Segments[^1];
        Assert.True(_bench.Secrets.TryReadCallbackToken(token, "fal", out var address));
        Assert.Equal(new CallbackAddress(JobId, 0, 1), address);
        Assert.False(_bench.Secrets.TryReadCallbackToken(token, "other", out _));
    }

    [Fact]
    public async Task Run_ImageIsGoneFromStorage_NothingIsSentAndItIsTriedAgain()
    {
        Provider.TakesImageBytes = true;

        await Assert.ThrowsAsync<InvalidOperationException>(() => RunAsync());

        Assert.Equal((0, null), (Provider.Submits, await _bench.LineAsync(Line1)));
    }

    [Theory]
    [InlineData("ovi/image-to-video", "A dog. <AUDCAP>It barks<ENDAUDCAP>")]
    [InlineData("another", "A dog. Audio: It barks")]
    public async Task Run_Prompt_IsSentInTheFormOfTheModel(string model, string sent)
    {
        await _bench.SubmitActivity.Run(Input(1) with { Model = model, Request = Request with { Prompt = "A dog. Audio: It barks" } }, default);

        Assert.Equal(sent, Provider.LastRequest!.Prompt);
    }

    [Theory]
    [MemberData(nameof(Answers))]
    public async Task Run_Twice_SendsOnceAndAnswersTheSame(string answer)
    {
        Provider.Answers(ResultOf(answer));

        await ActivityBench.TwiceAsync(() => RunAsync());

        Assert.Equal(1, Provider.Submits);
    }

    [Theory]
    [InlineData("accepted", 1)]
    [InlineData("url", 1)]
    [InlineData("billed", 1)]
    [InlineData("rejected", 0)]
    [InlineData("ambiguous", 0)]
    public async Task Run_ProviderTookTheJob_ItsCostStandsInTheLedgerOnce(string answer, int entries)
    {
        Provider.Answers(ResultOf(answer));
        var attempt = Attempt();
        attempt = attempt with { Terms = attempt.Terms with { CostUsd = 0.1234567m } };
        var input = SubmitToProviderInput.From(attempt, submit: 1);

        await _bench.SubmitActivity.Run(input, default);
        _bench.Time.Advance(TimeSpan.FromDays(2)); // a later run finds the answer in the journal, and the price of then
        await _bench.SubmitActivity.Run(input with { CostUsd = 9 }, default);

        var costs = await new LedgerReader(_bench.Records).OfJobAsync(JobId, default);
        Assert.Equal(entries, costs.Count);
        Assert.All(costs, cost => Assert.Equal(
            (LedgerEntryType.ProviderCost, 123_457, "fal", "0-1", ScriptedContext.Start),
            (cost.Type, cost.AmountAtomic, cost.Counterparty, cost.Detail, cost.At.UtcDateTime)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Run_LedgerCannotBeWritten_TheAnswerIsNotLost(bool journaled)
    {
        _bench.Records.Before = (call, name) =>
            name.StartsWith(RecordNames.LedgerEntries, StringComparison.Ordinal) || (!journaled && call == RecordCall.Replace)
                ? throw new IOException("no storage")
                : Task.CompletedTask;

        if (journaled)
        {
            await Assert.ThrowsAsync<IOException>(() => RunAsync()); // the next run finds the answer
            _bench.Records.Before = null;
        }

        Assert.Equal(SubmitState.Accepted, (await RunAsync()).State);
        Assert.Equal(1, Provider.Submits);
        Assert.Equal(journaled ? 1 : 0, (await new LedgerReader(_bench.Records).OfJobAsync(JobId, default)).Count);
    }

    [Fact]
    public async Task Run_IntentWithoutAnEnd_IsAmbiguousAndNothingIsSent()
    {
        await _bench.Records.TryCreateAsync(Line1, new SubmitIntent("fal", _bench.Time.GetUtcNow()), default);

        var step = await ActivityBench.TwiceAsync(() => RunAsync());

        Assert.Equal(SubmitState.Ambiguous, step.State);
        Assert.Equal(0, Provider.Submits);
    }

    [Fact]
    public async Task Run_TwoAtOnce_OnePostAndOneAnswerOfEach()
    {
        var (reached, go) = (new TaskCompletionSource(), new TaskCompletionSource());
        Provider.Submit = async (_, _) =>
        {
            reached.SetResult();
            await go.Task;
            return new SubmitResult.Accepted(new ProviderJob("r1"));
        };

        var first = RunAsync();
        await reached.Task;
        var second = await RunAsync();
        go.SetResult();

        Assert.Equal((SubmitState.Accepted, SubmitState.Ambiguous), ((await first).State, second.State));
        Assert.Equal(1, Provider.Submits);
    }

    [Fact]
    public async Task Run_TwoWriteTheIntentAtOnce_OnePost()
    {
        // Both have looked and found nothing: the second run begins where the first is about to write.
        Task<SubmitStep>? other = null;
        _bench.Records.Before = async (call, _) =>
        {
            if (call != RecordCall.Create || other is not null) return;
            other = Task.FromResult(Ambiguous);
            await (other = RunAsync());
        };

        var step = await RunAsync();

        Assert.Equal(1, Provider.Submits);
        Assert.Equal((SubmitState.Ambiguous, SubmitState.Accepted), (step.State, (await other!).State));
    }

    [Fact]
    public async Task Run_SecondSubmitWhenTheFirstHasNoAnswer_IsSent()
    {
        await _bench.Records.TryCreateAsync(Line1, new SubmitIntent("fal", _bench.Time.GetUtcNow()), default);

        Assert.Equal(SubmitState.Accepted, (await RunAsync(submit: 2)).State);
        Assert.Equal(1, Provider.Submits);
    }

    [Theory]
    [InlineData("accepted", 0)]
    [InlineData("url", 0)]
    [InlineData("rejected", 0)]
    [InlineData("ambiguous", 1)]
    public async Task Run_SecondSubmitWhenTheFirstsAnswerHasTurnedUp_IsSentOnlyIfThatWasAmbiguousToo(string answer, int posts)
    {
        Provider.Answers(ResultOf(answer));
        var first = await RunAsync();

        var second = await RunAsync(submit: 2);

        Assert.Equal(1 + posts, Provider.Submits);
        Assert.Equal(first.State, second.State);
        Assert.Equal(posts == 1, _bench.Records.Names.Contains(Line2));
    }

    [Fact]
    public async Task Run_HostStopsDuringThePost_TheAnswerIsKept()
    {
        using var stopping = new CancellationTokenSource();
        Provider.Submit = async (_, cancellationToken) =>
        {
            await stopping.CancelAsync();
            cancellationToken.ThrowIfCancellationRequested();
            return new SubmitResult.Accepted(new ProviderJob("r1"));
        };

        Assert.Equal("r1", (await RunAsync(cancellation: stopping.Token)).Job!.RequestId);
        Assert.Equal("r1", (await _bench.LineAsync(Line1))!.Step!.Job!.RequestId);
    }

    [Theory]
    [InlineData("Read")]
    [InlineData("Replace")]
    public async Task Run_JournalFailsAfterThePost_TheAnswerIsReturnedAllTheSame(string call)
    {
        Provider.Submit = (_, _) =>
        {
            FailOnce(call);
            return Task.FromResult<SubmitResult>(new SubmitResult.Accepted(new ProviderJob("r1")));
        };

        Assert.Equal("r1", (await RunAsync()).Job!.RequestId);

        // But a run that has only the journal cannot know.
        Assert.Equal(SubmitState.Ambiguous, (await RunAsync()).State);
        Assert.Equal(1, Provider.Submits);
    }

    [Fact]
    public async Task Run_AnswerOfTheRecordWriteIsLost_TheNextRunFindsIt()
    {
        LoseAnswersOf(RecordCall.Replace);

        await ActivityBench.TwiceAsync(() => RunAsync());

        Assert.Equal(1, Provider.Submits);
    }

    [Theory]
    [InlineData("Read")]
    [InlineData("Create")]
    public async Task Run_JournalFailsBeforeThePost_NothingIsSentAndTheNextRunSends(string call)
    {
        FailOnce(call);

        await Assert.ThrowsAsync<IOException>(() => RunAsync());
        Assert.Equal(0, Provider.Submits);
        Assert.Equal(SubmitState.Accepted, (await RunAsync()).State);
    }

    [Fact]
    public async Task Run_IntentIsWrittenButItsAnswerLost_IsAmbiguous()
    {
        // Nothing was sent, but nobody can tell; the orchestration waits for a callback and sends the second one.
        LoseAnswersOf(RecordCall.Create);

        await Assert.ThrowsAsync<IOException>(() => RunAsync());
        Assert.Equal(SubmitState.Ambiguous, (await RunAsync()).State);
        Assert.Equal(0, Provider.Submits);
    }

    [Fact]
    public async Task Run_AfterTheDeadline_NothingIsSent()
    {
        _bench.Time.Advance(TimeSpan.FromMinutes(20));

        var step = await ActivityBench.TwiceAsync(() => RunAsync());

        Assert.Equal((SubmitState.Rejected, FailureClass.ProviderTimeout), (step.State, step.Failure?.Class));
        Assert.Equal(0, Provider.Submits);
        Assert.Empty(_bench.Records.Names);
    }

    [Fact]
    public async Task Run_AgainAfterTheDeadline_AnswersAsBefore()
    {
        var first = await RunAsync();
        _bench.Time.Advance(TimeSpan.FromMinutes(30));

        Assert.Equal(first.State, (await RunAsync()).State);
    }

    [Fact]
    public async Task Run_AccountIsNotConfiguredAnyMore_IsRejectedForTheNextLane()
    {
        var step = await _bench.SubmitActivity.Run(Input() with { Provider = "gone" }, default);

        Assert.Equal((SubmitState.Rejected, FailureClass.ProviderUnavailable), (step.State, step.Failure?.Class));
        Assert.Contains("\"gone\"", step.Failure!.Message, StringComparison.Ordinal);
        Assert.Empty(_bench.Records.Names);
    }

    [Fact]
    public async Task Run_ServerKeyIsGone_SubmitsWithLinksOfTheCurrentKey()
    {
        var step = await _bench.SubmitActivity.Run(Input() with { KeyId = "k9" }, default);

        Assert.Equal(SubmitState.Accepted, step.State);
        Assert.Contains("&k=k1&", Provider.LastRequest!.ImageUrl!.Query, StringComparison.Ordinal);
    }

    private static DateTimeOffset Deadline => new(ScriptedContext.Start.AddMinutes(20));

    private static SubmitToProviderInput Input(int submit = 1) => SubmitToProviderInput.From(Attempt(), submit);

    private static SubmitResult ResultOf(string answer) => answer switch
    {
        "accepted" => new SubmitResult.Accepted(
            new ProviderJob("r1", new Dictionary<string, string> { ["status"] = "https://queue.fal.run/s" })),
        "rejected" => new SubmitResult.Rejected(new ProviderFailure(FailureClass.RateLimited, "429", "Slow down.")),
        "billed" => new SubmitResult.Rejected(new ProviderFailure(FailureClass.BadResult, null, "No video.")) { Billed = true },
        "ambiguous" => new SubmitResult.Ambiguous("HTTP 502"),
        _ => new SubmitResult.Finished(new ProviderVideo("https://media.example.com/1.mp4", 7)),
    };

    private void FailOnce(string failing)
    {
        var failures = 1;
        _bench.Records.Before = (call, _) => call.ToString() == failing && failures-- > 0
            ? throw new IOException("Storage is away.")
            : Task.CompletedTask;
    }

    private void LoseAnswersOf(RecordCall lost) => _bench.Records.After = (call, _) =>
        call == lost ? throw new IOException("The answer was lost.") : Task.CompletedTask;

    private Task<SubmitStep> RunAsync(int submit = 1, CancellationToken cancellation = default) =>
        _bench.SubmitActivity.Run(Input(submit), cancellation);
}
