using System.Security.Cryptography;
using System.Text.Json;
using OviFunctions.DevStack;
using OviFunctions.DevStack.Simulators;
using OviFunctions.DevStack.Simulators.Fal;
using OviFunctions.Tests.EndToEnd.Support;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.EndToEnd.Providers;

/// <summary>Accounts that leave the rotation and come back, and one that takes only so many jobs at once.</summary>
public sealed class RotationTests : IClassFixture<StackFixture>
{
    private readonly DeveloperStack _stack;
    private readonly string _id = RandomNumberGenerator.GetHexString(12, lowercase: true);

    public RotationTests(StackFixture fixture) => _stack = fixture.Stack;

    /// <summary>A refusal that every job would meet, and what the operator is told of it.</summary>
    [Theory]
    [InlineData(SubmitFault.Locked, "provider_credits", "User is locked. Reason: Exhausted balance. Top up your balance at fal.ai/dashboard/billing.")]
    [InlineData(SubmitFault.Unauthorized, "provider_unavailable", "Invalid key credentials")]
    public async Task AccountThatRefusesEveryJob_IsAskedOnceAndNotAgainUntilTheOperatorResumesIt(SubmitFault fault, string failure, string reason)
    {
        await using var gateway = await TestGateway.StartAsync(_stack);
        var shop = gateway.Shop;
        _stack.Fal.Faults.ForPrompt(PromptOf(1), new SimulatorFault { Submit = fault });

        Assert.Equal([$"fal failed {failure}", "fal-2 delivered"], AttemptsOf(await EndOfJobAsync(shop, 1)));
        Assert.Equal("degraded", (await shop.GetAsync("/health/ready")).Json.Text("parts.providers"));
        Assert.Equal(["fal-2 delivered"], AttemptsOf(await EndOfJobAsync(shop, 2)));
        Assert.Empty(_stack.Fal.SubmitsOf(PromptOf(2)));
        var fal = (await OperatorAsync(shop, HttpMethod.Get, "providers")).Find("providers.0")!.Value;
        Assert.Equal(("fal", "out", reason), (fal.Text("name"), fal.Text("state"), fal.Text("out_for")));

        await OperatorAsync(shop, HttpMethod.Post, "providers/fal/resume");

        Assert.Equal("healthy", (await shop.GetAsync("/health/ready")).Json.Text("parts.providers"));
        Assert.Equal(["fal delivered"], AttemptsOf(await EndOfJobAsync(shop, 3)));
    }

    [Fact]
    public async Task ModelThatIsGone_IsAskedForOnceAndNotAgainUntilTheOperatorResumesTheAccount()
    {
        await using var gateway = await TestGateway.StartAsync(_stack);
        var shop = gateway.Shop;
        _stack.Fal.Faults.ForPrompt(PromptOf(1), new SimulatorFault { Submit = SubmitFault.Gone });

        Assert.Equal(["fal failed provider_unavailable", "fal-2 delivered"], AttemptsOf(await EndOfJobAsync(shop, 1)));
        Assert.Equal("degraded", (await shop.GetAsync("/health/ready")).Json.Text("parts.providers"));
        Assert.Equal(["fal-2 delivered"], AttemptsOf(await EndOfJobAsync(shop, 2)));
        Assert.Empty(_stack.Fal.SubmitsOf(PromptOf(2)));
        var fal = (await OperatorAsync(shop, HttpMethod.Get, "providers")).Find("providers.0")!.Value;
        Assert.Equal(("in_rotation", "This model is no longer available"), (fal.Text("state"), fal.Text("models.0.out_for")));

        await OperatorAsync(shop, HttpMethod.Post, "providers/fal/resume");

        Assert.Equal(["fal delivered"], AttemptsOf(await EndOfJobAsync(shop, 3)));
    }

    [Fact]
    public async Task AccountThatAsksForAPause_GetsNoJobsMeanwhile()
    {
        await using var gateway = await TestGateway.StartAsync(_stack, settings: [("Providers__1__Priority", "0")]);
        _stack.Fal.Faults.ForPrompt(PromptOf(1), new SimulatorFault { Submit = SubmitFault.RateLimited });

        var limited = Ticket.Of(await OrderAsync(gateway.Shop, 1));
        await Eventually.TrueAsync(async () => (await OperatorAsync(gateway.Shop, HttpMethod.Get, "providers")).Find("providers.0.rate_limited_until") is not null);

        Assert.Equal(["fal-2 delivered"], AttemptsOf(await EndOfJobAsync(gateway.Shop, 2)));
        Assert.Empty(_stack.Fal.SubmitsOf(PromptOf(2)));
        Assert.Equal(["fal failed rate_limited", "fal-2 delivered"], AttemptsOf(await gateway.Shop.EndOfAsync(limited)));
    }

    [Fact]
    public async Task EveryAccountPaused_QuotesAndOrdersAre503BeforeAnyCharge()
    {
        await using var gateway = await TestGateway.StartAsync(_stack);
        var shop = gateway.Shop;
        await OperatorAsync(shop, HttpMethod.Post, "providers/fal/pause");
        await OperatorAsync(shop, HttpMethod.Post, "providers/fal-2/pause");

        var quote = await shop.OrderAsync("");
        var order = await OrderAsync(shop, 1);

        Assert.Equal((503, "unused"), (quote.Status, quote.Text("payment_state")));
        Assert.Equal((503, "model_unavailable"), (order.Status, order.Text("code")));
        await OperatorAsync(shop, HttpMethod.Post, "providers/fal-2/resume");
        Assert.Equal(["fal-2 delivered"], AttemptsOf(await EndOfJobAsync(shop, 1)));
    }

    [Fact]
    public async Task OneJobAtATime_ThreeOrders_AreDeliveredOneAfterAnother()
    {
        await using var gateway = await TestGateway.StartAsync(_stack, settings: [("Providers__0__MaxConcurrent", "1")]);
        var tickets = await Task.WhenAll(Enumerable.Range(1, 3).Select(async number => Ticket.Of(await OrderAsync(gateway.Shop, number))));

        foreach (var job in await Task.WhenAll(tickets.Select(gateway.Shop.EndOfAsync))) Assert.Equal(["fal delivered"], AttemptsOf(job));

        // Each is submitted when the one before was read to its end.
        var taken = Enumerable.Range(1, 3).ToDictionary(number => Assert.Single(_stack.Fal.SubmitsOf(PromptOf(number))).RequestId!);
        var calls = _stack.Fal.Calls.Entries.Where(call => call.Kind is SimulatorCallKind.Submit or SimulatorCallKind.Media)
            .Where(call => call.RequestId is { } id && taken.ContainsKey(id)).ToList();
        Assert.Equal(3, calls.Count(call => call.Kind == SimulatorCallKind.Submit));
        Assert.All(calls.Index().Where(it => it.Item.Kind == SimulatorCallKind.Submit && it.Index > 0), it =>
            Assert.Equal(SimulatorCallKind.Media, calls[it.Index - 1].Kind));
        Assert.Equal(3, calls.Where(call => call.Kind == SimulatorCallKind.Media).Select(call => call.RequestId).Distinct().Count());
    }

    private string PromptOf(int number) => $"A tram in the rain, {_id} {number}.";

    private Task<Answer> OrderAsync(Shop shop, int number) =>
        shop.OrderAsync(OrderBody.For(PromptOf(number)).ToJsonString(), Shop.Key(GatewaySettings.ApiKey, $"{_id}-{number}"));

    private async Task<JsonElement> EndOfJobAsync(Shop shop, int number) => await shop.EndOfAsync(Ticket.Of(await OrderAsync(shop, number)));

    private static async Task<JsonElement> OperatorAsync(Shop shop, HttpMethod method, string path)
    {
        var answer = await shop.SendAsync(method, "/v1/operator/" + path, headers: [("Authorization", "Bearer " + GatewaySettings.OperatorKey)]);
        Assert.True(answer.Status == 200, answer.ToString());
        return answer.Json;
    }

    private static IEnumerable<string> AttemptsOf(JsonElement job) => job.GetProperty("attempts").EnumerateArray()
        .Select(attempt => $"{attempt.Text("provider")} {attempt.Text("state")} {attempt.Text("failure")}".TrimEnd());
}
