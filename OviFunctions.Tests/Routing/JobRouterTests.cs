using Microsoft.Extensions.Logging.Abstractions;
using OviFunctions.Http;
using OviFunctions.Jobs;
using OviFunctions.Providers;
using OviFunctions.Providers.Health;
using OviFunctions.Routing;
using OviFunctions.Tests.Activities;
using OviFunctions.Tests.Payments;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Routing;

/// <summary>Where a job of 0.42 dollars goes.</summary>
public sealed class JobRouterTests
{
    private readonly MemoryRecordStore _records = new();
    private readonly ManualTimeProvider _clock = new(Samples.Now);
    private readonly List<PlayedProvider> _accounts = [];
    private readonly Dictionary<string, int> _priorities = [];
    private JobRouter? _router;
    private OviImageToVideo? _model;

    /// <summary>Accounts as name, cost and priority, in listed order; and the order in which a job goes through them.</summary>
    [Theory]
    [InlineData("a 0.20, b 0.20", "a b")]
    [InlineData("a 0.20, b 0.15", "b a")]
    [InlineData("a 0.20, b 0.25, c 0.15", "c a b")]
    [InlineData("a 0.20 1, b 0.25", "b a")]
    [InlineData("a 0.20, b 0.15 1, c 0.10 2", "a b c")]
    [InlineData("a 0.20 -1, b 0.15", "a b")]
    [InlineData("a 0.20 out, b 0.25", "b")] // out of the rotation is not last, it is away
    [InlineData("a 0.15 paused, b 0.25", "b a")]
    [InlineData("a 0.15 paused, b 0.25, c 0.20", "c b a")]
    [InlineData("a 0.15 failing, b 0.25", "b a")]
    [InlineData("a 0.15 failing, b 0.25 5", "a b")] // the operator's order is his
    [InlineData("a 0.15 failing, b 0.10 failing", "b a")]
    [InlineData("a 0.42, b 0.43", "a")] // nobody is asked who costs more than the price
    [InlineData("a lacks, b 0.25", "b")]
    [InlineData("a none, b 0.25", "b")]
    public async Task RouteAsync_Accounts_AreInOrder(string accounts, string order) =>
        Assert.Equal(order, string.Join(' ', (await RouteAsync(accounts)).Lanes.Select(lane => lane.Provider)));

    [Theory]
    [InlineData("Failover", "AtOnce 0, AfterFailure 0, AfterFailure 0")]
    [InlineData("Hedge", "AtOnce 0, AfterDelay 60, AfterFailure 0")]
    [InlineData("Race", "AtOnce 0, AtOnce 0, AtOnce 0")]
    public async Task RouteAsync_Plans_AreOfOneShape(string plan, string starts)
    {
        var lanes = (await RouteAsync("a 0.20, b 0.20, c 0.20", ("Routing:Plan", plan))).Lanes;

        Assert.Equal(starts, string.Join(", ", lanes.Select(lane => $"{lane.Start} {lane.DelaySeconds}")));
    }

    [Fact]
    public async Task RouteAsync_HedgeWithADelay_TakesIt() =>
        Assert.Equal(7.5, (await RouteAsync("a 0.20, b 0.20", ("Routing:Plan", "Hedge"), ("Routing:HedgeDelaySeconds", "7.5"))).Lanes[1].DelaySeconds);

    [Theory]
    [InlineData(4, 60)] // too few to tell
    [InlineData(5, 5)]
    [InlineData(20, 19)]
    public async Task RouteAsync_HedgeWithoutADelay_TakesTheFirstLanesP95(int deliveries, double delay)
    {
        var samples = Enumerable.Range(1, deliveries).Select(n => Delivery("ovi/image-to-video", n))
            .Append(Delivery("sora-2", 500)).Append(Delivery("ovi/image-to-video", 900) with { Delivered = false });
        await SetAsync("a", new ProviderState { Samples = [.. samples] });
        await SetAsync("b", new ProviderState { Samples = [.. Enumerable.Range(1, 9).Select(_ => Delivery("ovi/image-to-video", 300))] });

        Assert.Equal(delay, (await RouteAsync("a 0.20, b 0.20", ("Routing:Plan", "Hedge"))).Lanes[1].DelaySeconds);
    }

    [Theory]
    [InlineData("0", 0.42)]
    [InlineData("0.10", 0.32)]
    [InlineData("-0.5", 0.92)]
    public async Task RouteAsync_CostCap_IsThePriceWithoutTheMargin(string margin, double cap)
    {
        var route = await RouteAsync("a 0.20", ("Routing:MinMarginUsd", margin));

        Assert.Equal((decimal)cap, route.CostCapUsd);
        Assert.Equal(0.20m, route.Lanes[0].CostUsd);
    }

    [Fact]
    public async Task RouteAsync_AccountThatDoesNotCallBack_IsMarked()
    {
        _accounts.Add(new PlayedProvider { Name = "z", CallsBack = false });

        Assert.Equal([true, false], (await RouteAsync("a 0.20")).Lanes.Select(lane => lane.IsSilent));
    }

    /// <summary>An account that failed two minutes ago is tried by one job; quotes do not count.</summary>
    [Fact]
    public async Task PlanAsync_AccountMayBeWellAgain_OneJobTriesIt()
    {
        var failure = Delivery("ovi/image-to-video", 9) with { Delivered = false, At = _clock.GetUtcNow().AddMinutes(-2) };
        await SetAsync("a", new ProviderState { Samples = [.. Enumerable.Repeat(failure, 5)] });

        Assert.Equal("b", (await RouteAsync("a 0.15, b 0.25")).Lanes[0].Provider);
        Assert.Equal("a", (await PlanAsync()).Lanes[0].Provider);
        Assert.Equal("b", (await PlanAsync()).Lanes[0].Provider);
    }

    /// <summary>Nobody would find out.</summary>
    [Fact]
    public async Task PlanAsync_AccountThatMayBeWellWouldNotBeFirst_IsNotTried()
    {
        var failure = Delivery("ovi/image-to-video", 9) with { Delivered = false, At = _clock.GetUtcNow().AddMinutes(-2) };
        await SetAsync("a", new ProviderState { Samples = [.. Enumerable.Repeat(failure, 5)] });
        await RouteAsync("a 0.30, b 0.25");

        Assert.Equal("b", (await PlanAsync()).Lanes[0].Provider);
        Assert.Null((await _records.ReadAsync<ProviderState>(RecordNames.Provider("a"), default))!.Value.TrialAt);
    }

    [Fact]
    public async Task RouteAsync_ModelIsGoneAtOneAccount_OthersTakeIt()
    {
        await SetAsync("a", new ProviderState { OutModels = [new("ovi/image-to-video", "410", _clock.GetUtcNow(), "")] });
        await SetAsync("b", new ProviderState { OutModels = [new("sora-2", "410", _clock.GetUtcNow(), "")] });

        Assert.Equal(["b"], (await RouteAsync("a 0.20, b 0.20")).Lanes.Select(lane => lane.Provider));
    }

    [Fact]
    public async Task RouteAsync_AccountWithALimit_IsInThePlan() =>
        Assert.Equal(3, (await RouteAsync("a 0.20", ("Providers:0:MaxConcurrent", "3"))).Lanes[0].MaxConcurrent);

    [Fact]
    public async Task RouteAsync_NobodyHonoursTheRequest_NamesTheFieldsAndWhoLacksThem()
    {
        Lacks("wavespeed", RequestFields.NegativePrompt | RequestFields.Seed | RequestFields.Steps);
        Lacks("segmind", RequestFields.Steps | RequestFields.Options);

        var problem = (await RouteAsync("", Request with { Seed = -5 })).Problem!;

        Assert.Equal((422, "not_offered", RetryAction.Resign, PaymentState.Unused), (problem.Status, problem.Code, problem.RetryAction, problem.PaymentState));
        Assert.Equal(
            [
                ("/negative_prompt", "negative_prompt: not offered by wavespeed."),
                ("/num_inference_steps", "num_inference_steps: not offered by wavespeed, segmind."),
                ("/seed", "seed: -5 is out of the range of wavespeed; every provider takes 0 to 2147483647."),
                ("/fal_options", "fal_options: not offered by segmind."),
            ],
            problem.Errors!.Select(e => (e.Where, e.Detail)));
    }

    [Theory]
    [InlineData("a none", "No provider is configured for ovi/image-to-video.")]
    [InlineData("a out, b out", "out of service (a, b)")]
    [InlineData("a out, b lacks", "out of service (a)")] // who would honour it is only away
    [InlineData("a out, b 0.50", "out of service (a)")]
    [InlineData("a 0.43, b lacks", "does not cover")]
    public async Task RouteAsync_NobodyIsThere_SaysWhy(string accounts, string why)
    {
        var route = await RouteAsync(accounts);

        Assert.Empty(route.Lanes);
        Assert.Equal((503, "model_unavailable", RetryAction.WaitAndRetry, 300), (route.Problem!.Status, route.Problem.Code, route.Problem.RetryAction, route.Problem.RetryAfterSeconds));
        Assert.Contains(why, route.Problem.Detail, StringComparison.Ordinal);
    }

    private static VideoRequest Request => JobSamples.Request;

    private AttemptSample Delivery(string model, double seconds) => new(_clock.GetUtcNow(), model, true, seconds);

    private void Lacks(string name, RequestFields fields) =>
        _accounts.Add(new PlayedProvider { Name = name, Offers = (_, _) => new ProviderOffer.Lacks(fields) });

    private async Task SetAsync(string account, ProviderState state) => Assert.True(await _records.TryCreateAsync(RecordNames.Provider(account), state, default));

    private Task<JobRoute> RouteAsync(string accounts, params (string Key, string? Value)[] settings) => RouteAsync(accounts, Request, settings);

    private async Task<JobRoute> RouteAsync(string accounts, VideoRequest request, params (string Key, string? Value)[] settings)
    {
        foreach (var account in accounts.Split(", ", StringSplitOptions.RemoveEmptyEntries)) await AddAsync(account.Split(' '));
        var read = TestSettings.Read(
        [
            .. settings,
            .. _accounts.SelectMany((account, i) => new[]
            {
                ($"Providers:{i}:Name", (string?)account.Name), ($"Providers:{i}:ApiKey", "key"), ($"Providers:{i}:Priority", $"{_priorities.GetValueOrDefault(account.Name)}"),
            }),
        ]);
        _router = new JobRouter(read, new ProviderCatalog(_accounts), new ProviderStates(_records, _clock), _clock, NullLogger<JobRouter>.Instance);
        _model = new OviImageToVideo(read, JobSamples.NewIntake(), JobSamples.NewGuard());
        return await _router.RouteAsync(_model, request, default);
    }

    private async Task<JobRoute> PlanAsync() => await _router!.PlanAsync(_model!, Request, default);

    private async Task AddAsync(string[] words)
    {
        var cost = words.Length > 1 && decimal.TryParse(words[1], out var usd) ? usd : 0.20m;
        if (words.Length > 2 && int.TryParse(words[2], out var priority)) _priorities[words[0]] = priority;
        ProviderOffer offer = words.Contains("none") ? new ProviderOffer.NotOffered()
            : words.Contains("lacks") ? new ProviderOffer.Lacks(RequestFields.Steps)
            : new ProviderOffer.Takes(cost);
        _accounts.Add(new PlayedProvider { Name = words[0], Offers = (_, _) => offer });
        if (words.Contains("out")) await SetAsync(words[0], new ProviderState { OutFor = "no credits" });
        if (words.Contains("paused")) await SetAsync(words[0], new ProviderState { PausedUntil = _clock.GetUtcNow().AddSeconds(30) });
        if (words.Contains("failing"))
            await SetAsync(words[0], new ProviderState { Samples = [.. Enumerable.Repeat(Delivery("ovi/image-to-video", 9) with { Delivered = false }, 5)] });
    }
}
