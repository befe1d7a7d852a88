using OviFunctions.Activities;
using OviFunctions.Orchestrations;
using OviFunctions.Tests.Support;
using static OviFunctions.Tests.Orchestrations.JobSamples;

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
