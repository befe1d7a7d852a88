using OviFunctions.Payments.Facilitators;
using OviFunctions.Tests.Support;
using static OviFunctions.Tests.Functions.OperatorBench;

namespace OviFunctions.Tests.Functions;

/// <summary>What the operator sees of the facilitators, and that he can use one again.</summary>
public sealed class OperatorFacilitatorsFunctionsTests
{
    private const string Transaction = "0xab";

    private readonly OperatorBench _bench = new();

    [Fact]
    public async Task Status_OneThatLied_IsShownAsOutOfUseWithItsLie()
    {
        await LieAsync("two.example");

        var answer = await CallAsync(request => _bench.Facilitators.StatusAsync(request, default));

        Assert.Equal((200, "no-store"), (answer.Status, answer.Header("Cache-Control")));
        Assert.Equal(
            """{"facilitators":[{"name":"one.example","state":"working"},{"name":"two.example","state":"out_of_use","reason":"it said that job job_a was settled in 0xab"}]}""",
            answer.Text);
    }

    [Fact]
    public async Task PutBack_OneThatLied_IsInUseAgainAndCanBeRepeated()
    {
        await LieAsync("one.example");
        await LieAsync("two.example");

        for (var i = 0; i < 2; i++)
        {
            var answer = await PutBackAsync("""{"name":"two.example"}""");
            Assert.Equal((200, "out_of_use", "working"), (answer.Status, StateOf(answer, 0), StateOf(answer, 1)));
        }

        Assert.Equal("one.example", Assert.Single(await _bench.Trust.OutOfUseAsync(default)).Facilitator);
    }

    [Theory]
    [InlineData("""{"name":"three.example"}""", 404)]
    [InlineData("""{"name":""}""", 400)]
    [InlineData("""{"name":7}""", 400)]
    [InlineData("{}", 400)]
    [InlineData("[]", 400)]
    [InlineData(null, 400)]
    public async Task PutBack_NobodyOfThatName_ChangesNothing(string? body, int status)
    {
        await LieAsync("two.example");

        Assert.Equal(status, (await PutBackAsync(body)).Status);

        Assert.Single(await _bench.Trust.OutOfUseAsync(default));
    }

    [Fact]
    public async Task PutBack_WithoutTheKey_LeavesItOut()
    {
        await LieAsync("two.example");

        var answer = await CallAsync(request => _bench.Facilitators.PutBackAsync(request, default), """{"name":"two.example"}""", hasKey: false);

        Assert.Equal(401, answer.Status);
        Assert.Single(await _bench.Trust.OutOfUseAsync(default));
    }

    private Task LieAsync(string facilitator) =>
        _bench.Trust.TakeOutAsync("job_a", new SettleStatement(facilitator, Transaction, _bench.Store.Clock.GetUtcNow()), default);

    private Task<HttpExchange> PutBackAsync(string? body) => CallAsync(request => _bench.Facilitators.PutBackAsync(request, default), body);

    private static string? StateOf(HttpExchange answer, int index) => answer.Json.GetProperty("facilitators")[index].GetProperty("state").GetString();
}
