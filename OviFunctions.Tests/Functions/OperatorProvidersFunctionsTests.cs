using OviFunctions.Configuration;
using OviFunctions.Functions;
using OviFunctions.Http;
using OviFunctions.Tests.Providers.Health;
using OviFunctions.Tests.Support;
using static OviFunctions.Tests.Functions.OperatorBench;

namespace OviFunctions.Tests.Functions;

/// <summary>What the operator sees of the provider accounts, and that he decides which of them get jobs.</summary>
public sealed class OperatorProvidersFunctionsTests
{
    private readonly ManualTimeProvider _clock = new();
    private readonly MemoryRecordStore _records = new();
    private readonly HealthMachine _machine;
    private readonly OperatorProvidersFunctions _functions;

    public OperatorProvidersFunctionsTests()
    {
        _machine = new HealthMachine(_records, _clock, ("Operator:KeySha256", SecretRules.SampleOperatorKeySha256), ("Providers:0:MaxConcurrent", "2"));
        _functions = new OperatorProvidersFunctions(new OperatorAccess(_machine.Settings), _machine.Settings, _machine.States, _machine.Rotation, _clock);
    }

    [Fact]
    public async Task Status_AccountsAndTheirHealth_AreShown()
    {
        await _machine.TakeAsync("a", max: 2);
        for (var i = 0; i < 5; i++) await _machine.EndAsync($"job{i}", seconds: 30 + i);

        var answer = await StatusAsync();

        Assert.Equal((200, "no-store"), (answer.Status, answer.Header("Cache-Control")));
        Assert.Equal(
            """{"providers":[{"name":"fal","type":"fal","state":"in_rotation","max_concurrent":2,"slots_used":1,"waiting":0,"models":[{"model":"ovi/image-to-video","attempts":5,"success_rate":1,"p50_seconds":32,"p95_seconds":34,"circuit":"closed"}]}]}""",
            answer.Text);
    }

    [Fact]
    public async Task Status_AccountWithoutCredits_SaysWhySinceWhenAndWhenItIsTriedAgain()
    {
        await _machine.FailForCreditsAsync("a");

        var account = (await StatusAsync()).Json.GetProperty("providers")[0];

        Assert.Equal("out", account.GetProperty("state").GetString());
        Assert.Equal("User is locked. Reason: Exhausted balance.", account.GetProperty("out_for").GetString());
        Assert.Equal((_clock.GetUtcNow(), _clock.GetUtcNow().AddMinutes(2)), (account.GetProperty("out_since").GetDateTimeOffset(), account.GetProperty("next_check_at").GetDateTimeOffset()));
    }

    [Fact]
    public async Task Status_ModelThatIsGone_IsShownAtTheModel()
    {
        await _machine.FailForModelAsync("a");

        var account = (await StatusAsync()).Json.GetProperty("providers")[0];

        Assert.Equal(("in_rotation", "Gone."), (account.GetProperty("state").GetString(), account.GetProperty("models")[0].GetProperty("out_for").GetString()));
    }

    [Theory]
    [InlineData(null, "by the operator")]
    [InlineData("""{"reason":"their maintenance"}""", "their maintenance")]
    public async Task Pause_Account_IsOutUntilItIsResumedAndCanBeRepeated(string? body, string reason)
    {
        for (var i = 0; i < 2; i++)
        {
            var paused = (await PauseAsync("fal", body)).Json.GetProperty("providers")[0];
            Assert.Equal(("paused", reason), (paused.GetProperty("state").GetString(), paused.GetProperty("out_for").GetString()));
        }

        for (var i = 0; i < 2; i++) Assert.Equal("in_rotation", (await ResumeAsync("fal")).Json.GetProperty("providers")[0].GetProperty("state").GetString());
    }

    [Fact]
    public async Task Resume_AccountAndModelThatWentOut_AreBack()
    {
        await _machine.FailForModelAsync("a");
        await _machine.FailForCreditsAsync("b");

        await ResumeAsync("fal");

        Assert.Null((await _machine.StateAsync()).WhyOut(HealthMachine.Model));
    }

    [Theory]
    [InlineData("fal", "[]", 400)]
    [InlineData("fal", """{"reason":7}""", 400)]
    [InlineData("fal", "{\"reason\":\"two\\nlines\"}", 400)]
    [InlineData("wavespeed", null, 404)]
    public async Task Pause_NotUnderstood_ChangesNothing(string name, string? body, int status)
    {
        Assert.Equal(status, (await PauseAsync(name, body)).Status);

        Assert.Empty(_records.Names);
    }

    [Fact]
    public async Task EveryCall_WithoutTheKey_Is401AndChangesNothing()
    {
        Assert.Equal(401, (await CallAsync(request => _functions.StatusAsync(request, default), hasKey: false)).Status);
        Assert.Equal(401, (await CallAsync(request => _functions.PauseAsync(request, "fal", default), hasKey: false)).Status);
        Assert.Equal(401, (await CallAsync(request => _functions.ResumeAsync(request, "fal", default), hasKey: false)).Status);
        Assert.Equal(404, (await ResumeAsync("wavespeed")).Status);

        Assert.Empty(_records.Names);
    }

    private Task<HttpExchange> StatusAsync() => CallAsync(request => _functions.StatusAsync(request, default));

    private Task<HttpExchange> PauseAsync(string name, string? body) => CallAsync(request => _functions.PauseAsync(request, name, default), body);

    private Task<HttpExchange> ResumeAsync(string name) => CallAsync(request => _functions.ResumeAsync(request, name, default));
}
