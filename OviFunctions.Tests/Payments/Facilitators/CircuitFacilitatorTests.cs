using OviFunctions.Payments.Evm;
using OviFunctions.Payments.Facilitators;
using OviFunctions.Payments.X402;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Payments.Facilitators;

/// <summary>A facilitator that does not answer is left alone, and is tried again.</summary>
public sealed class CircuitFacilitatorTests
{
    private static readonly VerifyOutcome Down = new VerifyOutcome.Unreachable("no answer within 5 s");
    private static readonly VerifyOutcome Valid = new VerifyOutcome.Valid(Samples.Buyer.Address);

    private readonly ManualTimeProvider _time = new(Samples.Now);
    private readonly ScriptedFacilitator _inner = new();
    private readonly LogSink<CircuitFacilitator> _log = new();
    private readonly CircuitFacilitator _circuit;

    public CircuitFacilitatorTests() => _circuit = new CircuitFacilitator(_inner, EvmNetwork.Base, _time, _log);

    [Fact]
    public async Task VerifyAsync_NoAnswerThreeTimes_IsLeftAloneAndTriedAgain()
    {
        await BreakAsync();

        Assert.Equal(new("scripted", FacilitatorState.Down, "it does not answer; it is asked again at 12:00:30 UTC"), _circuit.Ailment);
        Assert.IsType<VerifyOutcome.Unreachable>(await VerifyAsync());
        Assert.Equal(3, _inner.Asked.Count);

        _time.Advance(CircuitFacilitator.Break);
        Assert.Null(_circuit.Ailment);
        _inner.Answer(Valid);
        Assert.Equal(Valid, await VerifyAsync());
        Assert.Equal(Valid, await VerifyAsync());
        Assert.Null(_circuit.Ailment);
        Assert.Equal(
            ["Error: Facilitator scripted does not answer and is left alone for 30 s; the others are asked. ", "Warning: Facilitator scripted answers again. "],
            _log.Lines);
    }

    [Fact]
    public async Task VerifyAsync_StillNoAnswerInTheTrial_IsLeftAloneAgain()
    {
        await BreakAsync();
        _time.Advance(CircuitFacilitator.Break);

        Assert.Equal(Down, await VerifyAsync());

        Assert.NotNull(_circuit.Ailment);
        await VerifyAsync();
        Assert.Equal(4, _inner.Asked.Count);
    }

    [Fact]
    public async Task VerifyAsync_NoAnswerNowAndThen_IsGoodEnough()
    {
        for (var i = 0; i < 10; i++)
        {
            _inner.Answer(i % 2 == 0 ? Down : Valid);
            await VerifyAsync();
        }

        Assert.Null(_circuit.Ailment);
        Assert.Equal(10, _inner.Asked.Count);
    }

    [Fact]
    public async Task Calls_ThatSayNo_AreAnswers()
    {
        _inner.Answer(new VerifyOutcome.Invalid("insufficient_funds", null));
        _inner.Settle = () => new SettleOutcome.Refused("insufficient_funds", null);

        for (var i = 0; i < 5; i++)
        {
            Assert.IsType<VerifyOutcome.Invalid>(await VerifyAsync());
            Assert.IsType<SettleOutcome.Refused>(await SettleAsync());
        }

        Assert.Null(_circuit.Ailment);
    }

    /// <summary>Or a stranger could keep everybody from buying with payments on which the facilitator breaks.</summary>
    [Fact]
    public async Task Calls_OnWhichItBreaks_AreAnswers()
    {
        _inner.Answer(new VerifyOutcome.Unreachable("HTTP 500") { Answered = true });
        _inner.Settle = () => new SettleOutcome.Unknown("HTTP 400") { Answered = true };

        for (var i = 0; i < 5; i++)
        {
            await VerifyAsync();
            await SettleAsync();
        }

        Assert.Null(_circuit.Ailment);
        Assert.Equal((5, 5), (_inner.Asked.Count, _inner.Settles));
    }

    [Fact]
    public async Task SettleAsync_NoAnswerThreeTimes_IsUnknownWithoutAsking()
    {
        _inner.Settle = () => new SettleOutcome.Unknown("no answer within 30 s");
        for (var i = 0; i < 3; i++) await SettleAsync();

        Assert.IsType<SettleOutcome.Unknown>(await SettleAsync());

        Assert.Equal(3, _inner.Settles);
    }

    [Fact]
    public async Task SupportedAsync_ListWithoutOurNetworkOrVersion_IsAnAilmentUntilItHasThem()
    {
        _inner.Supports = new SupportedOutcome.Supported([new SupportedKind(1, "exact", "base"), new SupportedKind(2, "exact", "eip155:84532")]);
        await _circuit.SupportedAsync(default);
        Assert.Equal(
            new("scripted", FacilitatorState.Misconfigured, "it settles exact payments on eip155:8453 in version 1 only: set its Version to V1"), _circuit.Ailment);

        _inner.Supports = new SupportedOutcome.Unreachable("down");
        await _circuit.SupportedAsync(default);
        Assert.NotNull(_circuit.Ailment); // no answer says nothing

        _inner.Supports = new SupportedOutcome.Supported([new SupportedKind(2, "exact", "eip155:8453")]);
        await _circuit.SupportedAsync(default);
        Assert.Null(_circuit.Ailment);
    }

    private async Task BreakAsync()
    {
        _inner.Answer(Down);
        for (var i = 0; i < 3; i++) Assert.Equal(Down, await VerifyAsync());
    }

    private Task<VerifyOutcome> VerifyAsync() => _circuit.VerifyAsync(Samples.Authorization, Samples.Requirement, Samples.Ovi, default);

    private Task<SettleOutcome> SettleAsync() => _circuit.SettleAsync(Samples.Authorization, Samples.Requirement, Samples.Ovi, default);
}
