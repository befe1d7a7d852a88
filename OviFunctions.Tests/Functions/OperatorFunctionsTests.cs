using Microsoft.AspNetCore.Http;
using Microsoft.DurableTask.Client;
using OviFunctions.Jobs;
using OviFunctions.Payments.Evm;
using OviFunctions.Payments.Ledger;
using OviFunctions.Payments.Refunds;
using OviFunctions.Tests.Payments;
using OviFunctions.Tests.Payments.Chain;
using OviFunctions.Tests.Support;
using static OviFunctions.Tests.Functions.OperatorBench;

namespace OviFunctions.Tests.Functions;

/// <summary>What the operator does about sales, refunds and payers.</summary>
public sealed class OperatorFunctionsTests
{
    private const string Payer = "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC";

    private readonly OperatorBench _bench = new();

    [Fact]
    public async Task EveryCall_WithoutTheKey_Is401AndDoesNothing()
    {
        var jobId = await _bench.RefundOfAStrangersPaymentAsync(1);
        Func<HttpRequest, Task<IResult>>[] calls =
        [
            request => _bench.Functions.PauseAsync(request, default),
            request => _bench.Functions.ResumeAsync(request, default),
            request => _bench.Functions.ReconcileAsync(request, _bench.Store.Client, default),
            request => _bench.Functions.RetryRefundAsync(request, jobId, _bench.Store.Client, default),
            request => _bench.Functions.MarkPaidAsync(request, jobId, _bench.Store.Client, default),
            request => _bench.Functions.BlockPayerAsync(request, Payer, default),
            request => _bench.Functions.UnblockPayerAsync(request, Payer, default),
            request => _bench.Facilitators.StatusAsync(request, default),
            request => _bench.Facilitators.PutBackAsync(request, default),
            request => _bench.Payments.PaymentsAsync(request, default),
            request => Task.FromResult(_bench.Payments.Csv(request, default)),
        ];
        var before = _bench.Store.Records.Names;

        foreach (var call in calls) Assert.Equal(401, (await CallAsync(call, hasKey: false)).Status);

        Assert.Equal(before, _bench.Store.Records.Names);
        Assert.Empty(_bench.Store.Client.Events);
    }

    [Fact]
    public async Task Pause_AndResume_AreShownAndCanBeRepeated()
    {
        for (var i = 0; i < 2; i++)
        {
            var paused = await CallAsync(request => _bench.Functions.PauseAsync(request, default), """{"reason":"the fire brigade is here"}""");
            Assert.Equal((200, "paused", "the fire brigade is here"), (paused.Status, SalesOf(paused, "state"), SalesOf(paused, "reason")));
        }

        Assert.NotNull((await _bench.Sales.ReadAsync(default)).PausedFor);
        for (var i = 0; i < 2; i++)
            Assert.Equal("open", SalesOf(await CallAsync(request => _bench.Functions.ResumeAsync(request, default)), "state"));
        Assert.Null((await _bench.Sales.ReadAsync(default)).PausedFor);
    }

    [Theory]
    [InlineData(null, 200)]
    [InlineData("{}", 200)]
    [InlineData("not json", 400)]
    [InlineData("[]", 400)]
    [InlineData("""{"reason":7}""", 400)]
    [InlineData("""{"reason":"two\nlines"}""", 400)]
    public async Task Pause_Body_IsAReasonOrNone(string? body, int status)
    {
        Assert.Equal(status, (await CallAsync(request => _bench.Functions.PauseAsync(request, default), body)).Status);
        Assert.Equal(status == 200, (await _bench.Sales.ReadAsync(default)).PausedFor is not null);
    }

    [Fact]
    public async Task Pause_LongReason_Is400() =>
        Assert.Equal(400, (await CallAsync(request => _bench.Functions.PauseAsync(request, default), $$"""{"reason":"{{new string('x', 201)}}"}""")).Status);

    [Fact]
    public async Task BlockPayer_AndUnblock_ChangeTheDenyListAndCanBeRepeated()
    {
        var payer = EvmAddress.Parse(Payer);
        for (var i = 0; i < 2; i++)
        {
            var blocked = await CallAsync(request => _bench.Functions.BlockPayerAsync(request, Payer.ToLowerInvariant(), default), """{"reason":"fraud"}""");
            Assert.Equal((200, true, "fraud"), (blocked.Status, blocked.Json.GetProperty("blocked").GetBoolean(), blocked.Json.GetProperty("reason").GetString()));
        }

        Assert.Equal("fraud", (await _bench.Denied.FindAsync(payer, default))!.Reason);
        for (var i = 0; i < 2; i++)
            Assert.False((await CallAsync(request => _bench.Functions.UnblockPayerAsync(request, Payer, default))).Json.GetProperty("blocked").GetBoolean());
        Assert.Null(await _bench.Denied.FindAsync(payer, default));
    }

    [Fact]
    public async Task BlockPayer_NoAddress_Is400() =>
        Assert.Equal(400, (await CallAsync(request => _bench.Functions.BlockPayerAsync(request, "0x12", default))).Status);

    [Fact]
    public async Task RetryRefund_Running_IsWokenUp()
    {
        var jobId = await _bench.RefundOfAStrangersPaymentAsync(1);

        Assert.Equal(202, (await _bench.RetryAsync(jobId)).Status);

        Assert.Equal(("refund_" + jobId, JobEvents.RetryRefund), (_bench.Store.Client.Events[0].InstanceId, _bench.Store.Client.Events[0].Event));
    }

    [Theory]
    [InlineData(OrchestrationRuntimeStatus.Failed, 202, OrchestrationRuntimeStatus.Pending)]
    [InlineData(OrchestrationRuntimeStatus.Terminated, 202, OrchestrationRuntimeStatus.Pending)]
    [InlineData(OrchestrationRuntimeStatus.Completed, 409, OrchestrationRuntimeStatus.Completed)]
    public async Task RetryRefund_Ended_BeginsAnewUnlessItCameToItsEnd(OrchestrationRuntimeStatus was, int status, OrchestrationRuntimeStatus isNow)
    {
        var jobId = await _bench.RefundOfAStrangersPaymentAsync(1);
        _bench.Store.Client.Set("refund_" + jobId, status: null, was);

        Assert.Equal(status, (await _bench.RetryAsync(jobId)).Status);

        var refund = await _bench.Store.Client.GetInstanceAsync("refund_" + jobId, getInputsAndOutputs: true);
        Assert.Equal((isNow, jobId), (refund!.RuntimeStatus, refund.ReadInputAs<RefundInput>()!.JobId));
    }

    [Theory]
    [InlineData(JobOutcome.RefundDue, 202)]
    [InlineData(JobOutcome.Delivered, 404)]
    [InlineData(JobOutcome.Unpaid, 404)]
    public async Task RetryRefund_NeverBegan_BeginsWhenItIsDue(JobOutcome outcome, int status)
    {
        var job = JobSamples.PaidJob;
        await _bench.Store.ClaimAsync(job);
        await _bench.Store.Records.TryCreateAsync(RecordNames.Outcome(job.JobId), JobSamples.OutcomeOf(job, outcome), default);

        Assert.Equal(status, (await _bench.RetryAsync(job.JobId)).Status);

        Assert.Equal(status == 202 ? ["refund_" + job.JobId] : [], _bench.Store.Client.InstanceIds);
    }

    [Theory]
    [InlineData(JobSamples.KeyJobId)]
    [InlineData("../claims")]
    public async Task Refunds_UnknownJob_Is404(string jobId)
    {
        Assert.Equal(404, (await _bench.RetryAsync(jobId)).Status);
        Assert.Equal(404, (await _bench.PaidAsync(jobId, JobSamples.Transaction)).Status);
    }

    [Fact]
    public async Task Reconcile_LooksAtTheChainNow_OrSaysThatItCannot()
    {
        var looked = await ReconcileAsync();
        _bench.Store.Node.Fault = (_, _) => (System.Net.HttpStatusCode.BadGateway, "");

        Assert.Equal((200, 90), (looked.Status, looked.Json.GetProperty("watch").GetProperty("block").GetInt32()));
        Assert.Equal(503, (await ReconcileAsync()).Status);
    }

    private Task<HttpExchange> ReconcileAsync() => CallAsync(request => _bench.Functions.ReconcileAsync(request, _bench.Store.Client, default));

    private static string? SalesOf(HttpExchange answer, string name) => answer.Json.GetProperty("sales").GetProperty(name).GetString();
}
