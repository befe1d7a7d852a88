using OviFunctions.Activities;
using OviFunctions.Orchestrations;
using OviFunctions.Payments.Facilitators;
using OviFunctions.Tests.Payments;
using OviFunctions.Tests.Support;
using static OviFunctions.Tests.Orchestrations.OrchestrationSamples;

namespace OviFunctions.Tests.Orchestrations;

public sealed class SettlementTests
{
    private readonly ScriptedContext _context = new();
    private int _looks;

    [Fact]
    public async Task RunAsync_PaidAtTheFirstLook_AsksOneFacilitatorOnce()
    {
        var end = await RunAsync(_ => new PaymentProof(PaymentProofState.Paid, Transaction));

        Assert.Equal(new SettlementEnd(PaymentProofState.Paid, Transaction, null), end);
        Assert.Equal([nameof(SettlePayment), nameof(CheckPayment)], _context.Calls.Select(c => c.Name));
        Assert.Equal(0, _context.TimersCreated);
    }

    [Fact]
    public async Task RunAsync_NotShownYet_LooksWithGrowingPausesAndSettlesAgainEveryThirdRound()
    {
        await RunAsync(look => new PaymentProof(look < 8 ? PaymentProofState.Undecided : PaymentProofState.Paid, Transaction));

        Assert.Equal([0, 1, 3, 6, 10, 15, 21, 28, 36], _context.TimesOf(nameof(CheckPayment)));
        Assert.Equal([0, 6, 21], _context.TimesOf(nameof(SettlePayment)));

        // The number of the attempt picks the facilitator, so each one is another's.
        Assert.Equal([0, 1, 2], _context.InputsOf<SettlePaymentInput>(nameof(SettlePayment)).Select(s => s.Attempt));
    }

    [Fact]
    public async Task RunAsync_SettledAgain_SendsTheIdenticalPayment()
    {
        await RunAsync(look => new PaymentProof(look < 4 ? PaymentProofState.Undecided : PaymentProofState.Paid, Transaction));

        Assert.All(_context.InputsOf<SettlePaymentInput>(nameof(SettlePayment)), s => Assert.Same(Payment, s.Payment));
        Assert.All(_context.InputsOf<CheckPaymentInput>(nameof(CheckPayment)), c => Assert.Same(Payment, c.Payment));
    }

    [Fact]
    public async Task RunAsync_UnpaidForGood_HasTheLastCodeThatAFacilitatorGave()
    {
        var answers = new Queue<string?>(["insufficient_funds", null]);

        var end = await RunAsync(
            look => new PaymentProof(look < 3 ? PaymentProofState.Undecided : PaymentProofState.UnpaidForGood),
            _ => new SettleReport(answers.Dequeue()));

        Assert.Equal(new SettlementEnd(PaymentProofState.UnpaidForGood, null, "insufficient_funds"), end);
    }

    [Fact]
    public async Task RunAsync_FacilitatorRefusesButTheChainPays_IsPaid()
    {
        var end = await RunAsync(
            _ => new PaymentProof(PaymentProofState.Paid, Transaction), _ => new SettleReport("invalid_transaction_state"));

        Assert.Equal((PaymentProofState.Paid, Transaction), (end.State, end.Transaction));
    }

    /// <summary>What a facilitator said travels with the job, and with the chain's head of that time, so that the chain can refute it.</summary>
    [Fact]
    public async Task RunAsync_FacilitatorsSaySettled_EachOnesFirstAndLastWordIsCompared()
    {
        var said = Enumerable.Range(0, 6).Select(i => new SettleStatement(i % 2 == 0 ? "a" : "b", $"0x{i}", Samples.Now)).ToList();

        await RunAsync(
            look => new PaymentProof(look < 17 ? PaymentProofState.Undecided : PaymentProofState.Paid, Transaction) { Head = (ulong)look + 100 },
            settle => new SettleReport(null) { Statement = said[settle.Attempt] });

        var compared = _context.InputsOf<CheckPaymentInput>(nameof(CheckPayment)).Select(check => check.Statements!).ToList();
        Assert.Equal([said[0]], compared[0]);
        Assert.Equal([said[0] with { Head = 100 }], compared[1]);
        Assert.Equal([said[0] with { Head = 100 }, said[1]], compared[3]);
        Assert.Equal(["0x0", "0x1", "0x4", "0x5"], compared[^1].Select(statement => statement.Transaction));
    }

    [Fact]
    public async Task RunAsync_NobodySaysSettled_ComparesNothing()
    {
        await RunAsync(_ => new PaymentProof(PaymentProofState.Paid, Transaction));

        Assert.Null(Assert.Single(_context.InputsOf<CheckPaymentInput>(nameof(CheckPayment))).Statements);
    }

    [Fact]
    public async Task RunAsync_NeverCertain_EndsUndecidedAfterFifteenHours()
    {
        var end = await RunAsync(_ => new PaymentProof(PaymentProofState.Undecided));

        Assert.Equal(new SettlementEnd(PaymentProofState.Undecided, null, null), end);
        Assert.InRange(_context.SecondsPassed, 15 * 3600, 15.5 * 3600);
        Assert.Equal(0, _context.OpenTimers);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(14, 15)]
    [InlineData(15, 60)]
    [InlineData(44, 60)]
    [InlineData(45, 300)]
    [InlineData(219, 300)]
    public void Pause_Round_GrowsWithTheBlocksInMind(int round, int seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), Settlement.Pause(round));

    private Task<SettlementEnd> RunAsync(Func<int, PaymentProof> look, Func<SettlePaymentInput, SettleReport>? settle = null)
    {
        _context
            .On(nameof(SettlePayment), settle ?? (_ => new SettleReport(null)))
            .On<CheckPaymentInput, PaymentProof>(nameof(CheckPayment), _ => look(_looks++));
        return _context.RunAsync(context => Settlement.RunAsync(context, PaidJob(), Payment));
    }
}
