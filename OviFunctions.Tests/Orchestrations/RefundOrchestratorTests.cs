using OviFunctions.Activities;
using OviFunctions.Jobs;
using OviFunctions.Orchestrations;
using OviFunctions.Payments.Refunds;
using OviFunctions.Tests.Support;
using static OviFunctions.Tests.Orchestrations.OrchestrationSamples;

namespace OviFunctions.Tests.Orchestrations;

public sealed class RefundOrchestratorTests
{
    private static readonly RefundProof Nothing = new(RefundProofState.Undecided);
    private static readonly RefundProof Never = new(RefundProofState.UnpaidForGood);
    private static readonly RefundProof Paid = new(RefundProofState.Paid, Transaction, 9, 2);

    private readonly RefundInput _refund = JobRefunds.Of(PaidJob(), null);
    private readonly ScriptedContext _context = new(JobIds.Refund(JobId));

    public RefundOrchestratorTests() => _context
        .On<RefundInput, RefundProof>(nameof(ProveIncoming), _ => Paid)
        .On<SignRefundInput, SignStep>(nameof(SignRefund), input => new SignStep(SignState.Ready, input.Spent + 1))
        .On<SettleRefundInput, SettleRefundState>(nameof(SettleRefund), _ => SettleRefundState.Asked)
        .On<string, RefundProof>(nameof(CheckRefund), _ => Paid)
        .On<RecordRefundInput, bool>(nameof(RecordRefund), _ => true)
        .On<string, bool>(nameof(TellRefunded), _ => true);

    [Fact]
    public async Task Run_EverythingGoesWell_EveryStepInOrder()
    {
        Assert.Equal(RefundState.Refunded, await RunAsync());

        Assert.Equal(["ProveIncoming", "SignRefund", "SettleRefund", "CheckRefund", "RecordRefund", "TellRefunded"], Steps);
        Assert.Equal(new RecordRefundInput(_refund, Paid), Assert.Single(_context.InputsOf<RecordRefundInput>(nameof(RecordRefund))));
        Assert.Equal(0, _context.OpenTimers);
    }

    [Fact]
    public async Task Run_PaymentNotProvenYet_WaitsAsLongAsItTakesAndSignsNothingBefore()
    {
        var looks = 0;
        _context.On<RefundInput, RefundProof>(nameof(ProveIncoming), _ =>
        {
            Assert.DoesNotContain(nameof(SignRefund), Steps);
            return ++looks < 100 ? Nothing : Paid;
        });

        Assert.Equal(RefundState.Refunded, await RunAsync());

        Assert.InRange(_context.SecondsPassed, 3600, 24 * 3600);
    }

    [Fact]
    public async Task Run_PaymentNeverCame_EndsWithoutASignature()
    {
        _context.On<RefundInput, RefundProof>(nameof(ProveIncoming), _ => Never);

        Assert.Equal(RefundState.NothingCame, await RunAsync());

        Assert.Equal(["ProveIncoming", "RecordRefund"], Steps);
        Assert.Equal(Never, Assert.Single(_context.InputsOf<RecordRefundInput>(nameof(RecordRefund))).Proof);
    }

    [Fact]
    public async Task Run_ChainShowsNothing_AsksTheFacilitatorsInTurnAndGoesOnLooking()
    {
        Looks(look => look < 8 ? Nothing : Paid);

        await RunAsync();

        Assert.Equal([0, 1, 2], _context.InputsOf<SettleRefundInput>(nameof(SettleRefund)).Select(s => s.Attempt));
        Assert.All(_context.InputsOf<SignRefundInput>(nameof(SignRefund)), sign => Assert.Equal(0, sign.Spent));
    }

    [Fact]
    public async Task Run_UnpaidForGood_OnlyThenAnotherOneIsSigned()
    {
        Looks(look => look switch { < 3 => Nothing, 3 => Never, _ => Paid });

        Assert.Equal(RefundState.Refunded, await RunAsync());

        Assert.Equal([0, 0, 0, 1], _context.InputsOf<SignRefundInput>(nameof(SignRefund)).Select(s => s.Spent));
        Assert.Equal(["CheckRefund", "SignRefund", "SettleRefund", "CheckRefund", "RecordRefund", "TellRefunded"], Steps.TakeLast(6));
    }

    [Fact]
    public async Task Run_PayerIsBlocked_NothingIsSettled_UntilTheTimerOrTheOperator()
    {
        var isBlocked = true;
        _context.On<SignRefundInput, SignStep>(nameof(SignRefund), input =>
            isBlocked ? new SignStep(SignState.Blocked) : new SignStep(SignState.Ready, input.Spent + 1));
        _context.At(8 * 3600, () => isBlocked = false).EventAt(9 * 3600, JobEvents.RetryRefund, "retry");

        Assert.Equal(RefundState.Refunded, await RunAsync());

        Assert.Equal([0, 6 * 3600, 9 * 3600], _context.TimesOf(nameof(SignRefund)));
        Assert.Single(_context.InputsOf<SettleRefundInput>(nameof(SettleRefund)));
        Assert.Equal(0, _context.OpenTimers);
    }

    [Fact]
    public async Task Run_BlockedAfterItWasSigned_WaitsHoursAndLooksAllTheSame()
    {
        _context.On<SettleRefundInput, SettleRefundState>(nameof(SettleRefund), _ => SettleRefundState.Blocked);
        Looks(look => look < 2 ? Nothing : Paid);

        Assert.Equal(RefundState.Refunded, await RunAsync());

        Assert.Equal([0, 6 * 3600], _context.TimesOf(nameof(CheckRefund)));
    }

    [Fact]
    public async Task Run_NothingForDays_BeginsAnewInsteadOfGrowing()
    {
        Looks(_ => Nothing);

        Assert.Null(await RunAsync());

        Assert.Equal(_refund, _context.NewInput);
        Assert.Equal(RefundOrchestrator.MaxRounds, _context.TimesOf(nameof(CheckRefund)).Count);
    }

    [Fact]
    public async Task Run_TellingBreaks_TheRefundIsRecordedAllTheSame()
    {
        _context.Break(nameof(TellRefunded));

        Assert.Equal(RefundState.Refunded, await RunAsync());
    }

    private IEnumerable<string> Steps => _context.Calls.Select(call => call.Name);

    private void Looks(Func<int, RefundProof> look)
    {
        var looks = 0;
        _context.On<string, RefundProof>(nameof(CheckRefund), _ => look(++looks));
    }

    private Task<RefundState?> RunAsync() => _context.RunAsync(context => RefundOrchestrator.Run(context, _refund));
}
