using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using OviFunctions.Configuration;
using OviFunctions.DevStack;
using OviFunctions.Functions;
using OviFunctions.Http;
using OviFunctions.Payments.Facilitators;
using OviFunctions.Payments.Reconciliation;
using OviFunctions.Payments.Refunds;
using OviFunctions.Sales;
using OviFunctions.Tests.Payments.Reconciliation;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Functions;

/// <summary>The operator's calls on a store and its chain.</summary>
internal sealed class OperatorBench
{
    private readonly OperatorAccess _access = new(TestSettings.Read(("Operator:KeySha256", SecretRules.SampleOperatorKeySha256)));

    public OperatorBench()
    {
        Sales = new SalesSwitch(Store.Records, Store.Clock, NullLogger<SalesSwitch>.Instance);
        Denied = new DenyList(Store.Records);
        var run = new ReconciliationRun(Store.Watch, Store.Daily);
        Functions = new OperatorFunctions(
            _access, Sales, Denied, Store.Records, Store.Clock, run,
            new RefundPayments(Store.Records, Store.Node.Reader, Store.Transfers, Store.Ledger, Store.Writer, Book, Store.Clock));
        Trust = new FacilitatorTrust(Store.Records, Store.Clock, NullLogger<FacilitatorTrust>.Instance);
        Facilitators = new OperatorFacilitatorsFunctions(
            _access, new FacilitatorPool([new ScriptedFacilitator { Name = "one.example" }, new ScriptedFacilitator { Name = "two.example" }], Trust), Trust);
        Payments = new OperatorPaymentsFunctions(
            _access, new PaymentsOverview(Store.Records, Store.Ledger, Sales, Store.Clock, run), Store.Ledger, Store.Clock);
    }

    public WatchBench Store { get; } = new();

    public RefundBook Book => new(
        Store.Records, Store.Writer, new RefundReserve(Store.Records, Store.Clock), Store.Clock, NullLogger<RefundBook>.Instance);

    public SalesSwitch Sales { get; }

    public DenyList Denied { get; }

    public FacilitatorTrust Trust { get; }

    public OperatorFunctions Functions { get; }

    public OperatorFacilitatorsFunctions Facilitators { get; }

    public OperatorPaymentsFunctions Payments { get; }

    /// <summary>Makes a call with the operator's key, or without.</summary>
    public static async Task<HttpExchange> CallAsync(
        Func<HttpRequest, Task<IResult>> call, string? body = null, string path = "/", bool hasKey = true)
    {
        var exchange = hasKey ? new HttpExchange("POST", path, ("Authorization", $"Bearer {GatewaySettings.OperatorKey}")) : new HttpExchange("POST", path);
        if (body is not null) exchange.WithBody(body);
        return await exchange.AnswerAsync(await call(exchange.Request));
    }

    public Task<HttpExchange> PaidAsync(string jobId, string transaction) =>
        CallAsync(request => Functions.MarkPaidAsync(request, jobId, Store.Client, default), $$"""{"transaction":"{{transaction}}"}""");

    public Task<HttpExchange> RetryAsync(string jobId) => CallAsync(request => Functions.RetryRefundAsync(request, jobId, Store.Client, default));

    /// <summary>A payment without an order, whose refund has begun.</summary>
    public async Task<string> RefundOfAStrangersPaymentAsync(byte nonce, ulong block = 100)
    {
        if (await Store.Watch.CursorAsync(default) is null) await Store.LookAsync(90);
        var jobId = WatchBench.JobIdOf(Store.Pay(block, nonce));
        await Store.LookAsync(200);
        return jobId;
    }
}
