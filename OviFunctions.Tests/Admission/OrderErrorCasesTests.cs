using System.Text;
using System.Text.Json;
using Azure;
using Microsoft.Extensions.Logging.Abstractions;
using OviFunctions.Activities;
using OviFunctions.Jobs;
using OviFunctions.Payments.Facilitators;
using OviFunctions.Payments.X402;
using OviFunctions.Providers;
using OviFunctions.Tests.Orchestrations;
using OviFunctions.Tests.Payments;
using OviFunctions.Tests.Payments.Facilitators;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Admission;

/// <summary>
/// The 101 error cases of the captures as orders: what a buyer is told who sends the case's payment while the facilitator
/// answers as captured, against the last two columns of Data/x402-captures/ours.txt.
/// </summary>
public sealed class OrderErrorCasesTests
{
    private const string Pending = "202 payment_pending in_flight";

    private static readonly JobStatus InFlight = new() { State = JobState.PaymentPending, Money = MoneyState.InFlight };

    public static TheoryData<string> Cases => [.. OurAnswers.Names];

    public static TheoryData<string> SettledCases => [.. OurAnswers.Names.Where(name => CapturedAnswers.Settle(name).Any())];

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Order_AsCaptured_IsAnsweredAsTheTableSays(string name)
    {
        var answers = new List<string>();
        foreach (var version in CapturedCase.Versions(name)) answers.AddRange(await AnswersAsync(name, version));

        Assert.Equal(OurAnswers.Of(name)[3], OurAnswers.Cell(answers));
    }

    /// <summary>
    /// payments.md section 4: whatever the facilitator says of a settlement, the chain decides. Only the x402 error of
    /// an order that can never be paid any more is the facilitator's.
    /// </summary>
    [Theory]
    [MemberData(nameof(SettledCases))]
    public async Task Order_SettledAsCaptured_IsWhatTheChainShows(string name)
    {
        var codes = new List<string>();
        foreach (var said in CapturedAnswers.Settle(name))
        {
            // A good payment, whatever was wrong in the case: what our own check refuses never gets to a settlement.
            var (shop, version) = (NewShop(), CapturedCase.Versions(name)[0]);
            var header = Samples.Header(Samples.Payment(version));
            Assert.Equal(Pending, Told(await PayAsync(shop, version, header)));
            var job = shop.Client.InputOf(Assert.Single(shop.Client.InstanceIds));
            var report = await SettleAsync(shop, job, said);

            var paid = await RunAsync(job, report, new PaymentProof(PaymentProofState.Paid, JobSamples.Transaction));
            Assert.DoesNotContain(paid.TakeWhile(status => status.Money != MoneyState.Settled), status => status.IsFinal);
            shop.Client.Set(job.JobId, paid.First(status => status.Money == MoneyState.Settled));
            var settled = await PayAsync(shop, version, header);
            Assert.Equal("202 payment_pending settled", Told(settled));
            var receipt = Receipt(settled, version);
            Assert.Equal((true, JobSamples.Transaction), (receipt.GetProperty("success").GetBoolean(), receipt.GetProperty("transaction").GetString()));

            var unpaid = await RunAsync(job, report, new PaymentProof(PaymentProofState.UnpaidForGood));
            Assert.DoesNotContain(unpaid, status => status.Money == MoneyState.Settled || status.State == JobState.Running);
            shop.Client.Set(job.JobId, unpaid[^1]);
            var refused = await PayAsync(shop, version, header);
            AssertQuotedAndNotCharged(refused, version);
            codes.Add(Text(refused.Json, "error")!);
            Assert.Equal("402 payment_not_settled resign unused", Told(refused));
        }

        Assert.Equal(OurAnswers.Of(name)[4], OurAnswers.Cell(codes));
    }

    private static async Task<IReadOnlyList<string>> AnswersAsync(string name, X402Version version)
    {
        var what = name.Split('.')[0];
        var header = CapturedCase.Header(name, version) ?? Samples.Header(Samples.Payment(version));
        if (name.EndsWith(".unpaid", StringComparison.Ordinal)) return [Told(await OrderAsync(NewShop(CapturedAnswers.NoFacilitator())))];
        if (what is "facilitator_down") return [Told(await PayUnclaimedAsync(NewShop(CapturedAnswers.NoFacilitator()), version, header))];
        if (what is "handler_500") return [await WithoutStorageAsync(version, header)];
        if (what is "replay") return await RepeatedAsync(version, header);
        if (what is "signature_v_0_or_1") return [await NormalizedAsync(version, header)];

        // What our own check refuses, no facilitator is asked about.
        IFacilitator?[] facilitators = OurAnswers.Of(name)[0].Split(", ").All(ours => ours is "ok" or "-")
            ? [.. CapturedAnswers.Verify(name).Select(CapturedAnswers.Facilitator).DefaultIfEmpty()]
            : [null];
        var answers = new List<string>();
        foreach (var facilitator in facilitators) answers.Add(Told(await PayUnclaimedAsync(NewShop(facilitator), version, header)));
        return answers;
    }

    /// <summary>Reference servers take the first and refuse the second; to us they are one order. The third is a payment that others settled.</summary>
    private static async Task<IReadOnlyList<string>> RepeatedAsync(X402Version version, string header)
    {
        var shop = NewShop();
        var (first, again) = (await PayAsync(shop, version, header), await PayAsync(shop, version, header));
        Assert.Single(shop.Facilitator.Asked);
        Assert.Single(shop.Client.InstanceIds);
        Assert.Equal(first.Header("Location"), again.Header("Location"));

        var stranger = NewShop();
        stranger.Chain.Used.Add(Samples.Transfer.Nonce);
        return [Told(first), Told(again), Told(await PayUnclaimedAsync(stranger, version, header))];
    }

    /// <summary>The facilitators of the captures were sent 0 or 1; ours get what contracts take, and no reason to refuse.</summary>
    private static async Task<string> NormalizedAsync(X402Version version, string header)
    {
        var shop = NewShop();
        var answer = Told(await PayAsync(shop, version, header));
        Assert.Equal(Samples.Authorization, Assert.Single(shop.Facilitator.Asked).Authorization);
        return answer;
    }

    /// <summary>What corresponds to a handler that breaks after the payment was verified: the order cannot be recorded.</summary>
    private static async Task<string> WithoutStorageAsync(X402Version version, string header)
    {
        var shop = NewShop();
        shop.Records.Before = (call, _) => call == RecordCall.Create ? throw new RequestFailedException(503, "ServerBusy") : Task.CompletedTask;
        var answer = Told(await PayAsync(shop, version, header));

        Assert.Empty(shop.Client.InstanceIds);
        shop.Records.Before = null;
        Assert.Equal(Pending, Told(await PayAsync(shop, version, header)));
        return answer;
    }

    private static async Task<HttpExchange> PayUnclaimedAsync(Shop shop, X402Version version, string header)
    {
        var answer = await PayAsync(shop, version, header);
        if (answer.Status == 202) return answer;
        Assert.Empty(shop.Records.Names);
        if (answer.Status is 402) AssertQuotedAndNotCharged(answer, version);
        if (answer.Status is 400) Assert.NotNull(answer.Header("PAYMENT-REQUIRED"));
        return answer;
    }

    private static void AssertQuotedAndNotCharged(HttpExchange answer, X402Version version)
    {
        Assert.Equal(402, answer.Status);
        Assert.NotNull(answer.Header("PAYMENT-REQUIRED"));
        var receipt = Receipt(answer, version);
        Assert.Equal((false, ""), (receipt.GetProperty("success").GetBoolean(), receipt.GetProperty("transaction").GetString()));
        Assert.Matches("^[a-z0-9_]{1,80}$", receipt.GetProperty("errorReason").GetString()!);
    }

    private static JsonElement Receipt(HttpExchange answer, X402Version version) =>
        JsonElement.Parse(Encoding.UTF8.GetString(Convert.FromBase64String(answer.Header(X402Headers.ReceiptOf(version))!)));

    /// <summary>Status, job status and payment state of a job; status, code, retry action and payment state of a problem.</summary>
    private static string Told(HttpExchange answer)
    {
        var json = answer.Json;
        if (json.TryGetProperty("job", out var job)) return $"{answer.Status} {Text(job, "status")} {Text(job.GetProperty("payment"), "state")}";
        return json.TryGetProperty("code", out _)
            ? $"{answer.Status} {Text(json, "code")} {Text(json, "retry_action")} {Text(json, "payment_state")}"
            : $"{answer.Status} quote";
    }

    private static string? Text(JsonElement parent, string name) => parent.GetProperty(name).GetString();

    /// <summary>At the price of the captures, with payments that stay in flight.</summary>
    private static Shop NewShop(IFacilitator? facilitator = null)
    {
        var shop = new Shop(("Prices:OviImageToVideo", "0.05"), ("Payments:MaxTimeoutSeconds", "60"), ("Payments:AnswerWaitSeconds", "1"));
        shop.Offer = _ => new ProviderOffer.Takes(0.01m);
        shop.Client.Started = id => shop.Client.Set(id, InFlight);
        if (facilitator is not null)
            shop.Facilitator.Verify = authorization => facilitator.VerifyAsync(authorization, Samples.Requirement, Samples.Ovi, default);
        return shop;
    }

    private static Task<HttpExchange> PayAsync(Shop shop, X402Version version, string header) =>
        shop.Clock.RunAsync(OrderAsync(shop, (X402Headers.PaymentOf(version), header)), TimeSpan.FromSeconds(1));

    private static async Task<HttpExchange> OrderAsync(Shop shop, params (string Name, string Value)[] headers)
    {
        var exchange = new HttpExchange("POST", "/v1/videos/ovi/image-to-video/jobs", headers).WithBody(Shop.Body);
        return await exchange.AnswerAsync(await shop.Orders.OrderAsync(shop.Model, exchange.Request, shop.Client, default));
    }

    private static Task<SettleReport> SettleAsync(Shop shop, VideoJobInput job, JsonElement said) =>
        new SettlePayment(new FacilitatorPool([CapturedAnswers.Facilitator(said)]), new VideoModels([shop.Model]), shop.Clock, NullLogger<SettlePayment>.Instance)
            .Run(new SettlePaymentInput(job.JobId, job.Model, job.Payment!, Attempt: 0), default);

    /// <summary>The statuses of a job whose payment the chain does not show at first.</summary>
    private static async Task<IReadOnlyList<JobStatus>> RunAsync(VideoJobInput job, SettleReport report, PaymentProof end)
    {
        var script = new JobScript(job)
            .Chain(look => look == 0 ? new PaymentProof(PaymentProofState.Undecided) : end)
            .With(c => c.On<SettlePaymentInput, SettleReport>(nameof(SettlePayment), _ => report));
        await script.RunAsync();
        return [.. script.Statuses];
    }
}
