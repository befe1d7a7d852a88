using Microsoft.Extensions.Logging.Abstractions;
using OviFunctions.Http;
using OviFunctions.Jobs;
using OviFunctions.Payments.Evm;
using OviFunctions.Payments.Facilitators;
using OviFunctions.Payments.X402;
using OviFunctions.Sales;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Payments.Facilitators;

/// <summary>Who is asked, and who is believed.</summary>
public sealed class FacilitatorPoolTests
{
    private static readonly VerifyOutcome Valid = new VerifyOutcome.Valid(Samples.Buyer.Address);
    private static readonly VerifyOutcome No = new VerifyOutcome.Invalid("invalid_exact_evm_signature", null);
    private static readonly VerifyOutcome OtherNo = new VerifyOutcome.Invalid("insufficient_funds", null);
    private static readonly FacilitatorStatus Ill = new("one", FacilitatorState.Misconfigured, "it does not take our network");
    private static readonly VerifyOutcome Down = new VerifyOutcome.Unreachable("down");

    private readonly ScriptedFacilitator[] _facilitators = [New("one"), New("two"), New("three")];
    private readonly FacilitatorTrust _trust = new(new MemoryRecordStore(), new ManualTimeProvider(), NullLogger<FacilitatorTrust>.Instance);

    private FacilitatorPool Pool => new(_facilitators, _trust);

    [Fact]
    public async Task VerifyAsync_FirstSaysValid_IsBelievedAndNamed()
    {
        Assert.Equal(new Verification(Valid, "one"), await VerifyAsync(Valid, No, No));
        Assert.Equal([1, 0, 0], Asked);
    }

    [Fact]
    public async Task VerifyAsync_OneSaysNoAndTheNextValid_IsValid()
    {
        // Or one liar could refuse every order. Whether it is paid is decided by the chain.
        Assert.Equal(new Verification(Valid, "two"), await VerifyAsync(No, Valid, No));
    }

    [Fact]
    public async Task VerifyAsync_TwoSayNo_IsRefusedWithTheFirstReasonAndNobodyElseIsAsked()
    {
        Assert.Equal(new Verification(No), await VerifyAsync(No, OtherNo, Valid));
        Assert.Equal([1, 1, 0], Asked);
    }

    [Fact]
    public async Task VerifyAsync_OneSaysNoAndNobodyElseAnswers_IsRefused() =>
        Assert.Equal(new Verification(No), await VerifyAsync(Down, No, Down));

    [Fact]
    public async Task VerifyAsync_NoThatWeKnowToBeRight_NeedsNobodyElse()
    {
        Assert.Equal(new Verification(OtherNo), await VerifyAsync([OtherNo, Valid, Valid], invalid => invalid.Code == "insufficient_funds"));
        Assert.Equal([1, 0, 0], Asked);
    }

    [Fact]
    public async Task VerifyAsync_OnesThatAilOrAreOutOfUse_AreNotAsked()
    {
        _facilitators[0].Ailment = Ill;
        await TakeOutAsync("two");

        Assert.Equal(new Verification(Valid, "three"), await VerifyAsync(Valid, Valid, Valid));
        Assert.Equal([0, 0, 1], Asked);
    }

    [Fact]
    public async Task NextAsync_Attempts_GoToThePreferredOneAndThenToTheOthersInTurn()
    {
        Assert.Equal(["two", "three", "one", "two"], await NextAsync("two"));
        Assert.Equal(["one", "two", "three", "one"], await NextAsync(null));
        Assert.Equal(["one", "two", "three", "one"], await NextAsync("no longer configured"));
    }

    [Fact]
    public async Task NextAsync_OneThatAils_IsPassedOverWhileThereAreOthers()
    {
        _facilitators[0].Ailment = Ill;
        Assert.Equal(["two", "two", "three", "two"], await NextAsync(null));

        foreach (var facilitator in _facilitators) facilitator.Ailment = Ill;
        Assert.Equal(["one", "two", "three", "one"], await NextAsync(null));
    }

    [Fact]
    public async Task SettleAsync_Liar_NeverGetsAPaymentAgain_UntilItIsPutBack()
    {
        await TakeOutAsync("one");
        foreach (var facilitator in _facilitators) facilitator.Settle = () => new SettleOutcome.Pending(null);
        for (var attempt = 0; attempt < 4; attempt++) await SettleAsync(attempt, Samples.Ovi);
        Assert.Equal([0, 2, 2], _facilitators.Select(f => f.Settles));

        await _trust.PutBackAsync("one", default);
        await SettleAsync(0, Samples.Ovi);
        Assert.Equal(1, _facilitators[0].Settles);
    }

    [Fact]
    public async Task SettleAsync_EveryoneIsOutOfUse_AsksNobody()
    {
        foreach (var facilitator in _facilitators) await TakeOutAsync(facilitator.Name);

        Assert.IsType<SettleOutcome.Unknown>(await SettleAsync(0, Samples.Ovi));
    }

    [Fact]
    public async Task SettleAsync_Refund_IsNotForFacilitatorsOfVersion1()
    {
        var old = new ScriptedFacilitator { Name = "old", Version = X402Version.V1 };
        _facilitators[0].Settle = () => new SettleOutcome.Pending(null);

        var pool = new FacilitatorPool([old, _facilitators[0]], _trust);
        for (var attempt = 0; attempt < 2; attempt++)
            await pool.SettleAsync(attempt, Samples.Authorization, Samples.Requirement, resource: null, default);

        Assert.Equal((0, 2), (old.Settles, _facilitators[0].Settles));
    }

    [Fact]
    public async Task StatusAsync_EachOfThem_SaysWhyItIsNotAsked()
    {
        _facilitators[1].Ailment = Ill with { Facilitator = "two" };
        await TakeOutAsync("three");

        Assert.Equal(
            [
                new("one", FacilitatorState.Working), new("two", FacilitatorState.Misconfigured, "it does not take our network"),
                new FacilitatorStatus("three", FacilitatorState.OutOfUse, $"it said that job {JobSamples.KeyJobId} was settled in 0xab"),
            ],
            await Pool.StatusAsync(default));
    }

    [Fact]
    public async Task Gate_NobodyWorks_IsClosedForPaymentsOnly()
    {
        var gate = new FacilitatorGate(Pool);
        var paid = new Sale(null!, null!, 420000, Samples.Buyer.Address, null);
        foreach (var facilitator in _facilitators.Skip(1)) facilitator.Ailment = Ill;
        Assert.Null(await gate.WhyClosedAsync(paid, default));

        await TakeOutAsync("one");
        var closed = await gate.WhyClosedAsync(paid, default);

        Assert.Equal(
            (503, "payments_unavailable", PaymentState.Unused, RetryAction.RetrySamePayment),
            (closed!.Status, closed.Code, closed.PaymentState!.Value, closed.RetryAction!.Value));
        Assert.NotNull(closed.RetryAfterSeconds);
        Assert.Null(await gate.WhyClosedAsync(new Sale(null!, null!, 420000, null, "alice"), default));
        Assert.All(Asked, times => Assert.Equal(0, times));
    }

    private IEnumerable<int> Asked => _facilitators.Select(f => f.Asked.Count);

    private static ScriptedFacilitator New(string name) => new() { Name = name };

    private Task<Verification> VerifyAsync(params VerifyOutcome[] answers) => VerifyAsync(answers, _ => false);

    private Task<Verification> VerifyAsync(VerifyOutcome[] answers, Func<VerifyOutcome.Invalid, bool> isConfirmed)
    {
        foreach (var (facilitator, answer) in _facilitators.Zip(answers)) facilitator.Answer(answer);
        return Pool.VerifyAsync(Samples.Authorization, Samples.Requirement, Samples.Ovi, invalid => Task.FromResult(isConfirmed(invalid)), default);
    }

    private Task<SettleOutcome> SettleAsync(int attempt, PaidResource? resource) =>
        Pool.SettleAsync(attempt, Samples.Authorization, Samples.Requirement, resource, default);

    private async Task<IEnumerable<string>> NextAsync(string? preferred)
    {
        var names = new List<string>();
        for (var attempt = 0; attempt < 4; attempt++) names.Add((await Pool.NextAsync(attempt, hasResource: true, preferred, default))!.Name);
        return names;
    }

    private Task TakeOutAsync(string name) =>
        _trust.TakeOutAsync(JobSamples.KeyJobId, new SettleStatement(name, "0xab", Samples.Now), default);
}
