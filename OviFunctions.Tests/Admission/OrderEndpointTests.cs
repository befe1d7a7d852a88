using System.Text;
using System.Text.Json;
using Azure;
using Azure.Storage.Blobs;
using OviFunctions.Admission;
using OviFunctions.Composition;
using OviFunctions.Jobs;
using OviFunctions.Providers;
using OviFunctions.Tests.Payments;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Admission;

/// <summary>Orders over HTTP: status, headers and bodies.</summary>
public sealed class OrderEndpointTests
{
    private readonly Shop _shop = new();

    [Fact]
    public async Task Order_NothingPaid_Is402ThatBrowsersMayRead()
    {
        var answer = await OrderAsync(Shop.Body);

        Assert.Equal(402, answer.Status);
        Assert.Equal("*", answer.Header("Access-Control-Allow-Origin"));
        Assert.Equal("PAYMENT-SIGNATURE, X-PAYMENT, Authorization", answer.Header("Vary"));
        Assert.Contains("no-store", answer.Header("Cache-Control")!, StringComparison.Ordinal);
        Assert.False(answer.Json.TryGetProperty("validation", out _));
        Assert.Empty(_shop.Records.Names);
    }

    [Fact]
    public async Task Order_NothingPaidForAWrongBody_SaysWhatIsWrongBeforeThePayment()
    {
        Assert.Equal("/prompt", (await OrderAsync("""{"image_url":"https://example.com/a.jpg"}""")).Json.GetProperty("validation")[0].GetProperty("pointer").GetString());
        Assert.Equal("invalid_json", (await OrderAsync("{")).Json.GetProperty("validation")[0].GetProperty("code").GetString());
        // An empty body is how prices are asked for.
        Assert.False((await OrderAsync("")).Json.TryGetProperty("validation", out _));
    }

    [Fact]
    public async Task Quote_NobodyMakesTheModel_Is503WithoutAPrice()
    {
        _shop.Offer = _ => new ProviderOffer.NotOffered();
        var (probe, order) = (new HttpExchange(), new HttpExchange("POST", "/").WithBody(Shop.Body));

        await probe.AnswerAsync(await _shop.Orders.QuoteAsync(_shop.Model, probe.Request, default));
        await order.AnswerAsync(await _shop.Orders.OrderAsync(_shop.Model, order.Request, _shop.Client, default));

        foreach (var exchange in new[] { probe, order })
        {
            Assert.Equal((503, null), (exchange.Status, exchange.Header("PAYMENT-REQUIRED")));
            Assert.Contains("ovi/image-to-video", exchange.Json.GetProperty("detail").GetString(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Quote_IndexProbes_Get402()
    {
        var exchange = new HttpExchange();

        await exchange.AnswerAsync(await _shop.Orders.QuoteAsync(_shop.Model, exchange.Request, default));

        Assert.Equal((402, "*"), (exchange.Status, exchange.Header("Access-Control-Allow-Origin")));
        Assert.NotNull(exchange.Header("PAYMENT-REQUIRED"));
    }

    [Theory]
    [InlineData("PAYMENT-SIGNATURE", "PAYMENT-RESPONSE", "eip155:8453")]
    [InlineData("X-PAYMENT", "X-PAYMENT-RESPONSE", "base")]
    public async Task Order_Paid_Is202WithReceiptTokenAndSecret(string header, string receiptHeader, string network)
    {
        var version = header == "X-PAYMENT" ? OviFunctions.Payments.X402.X402Version.V1 : OviFunctions.Payments.X402.X402Version.V2;

        var answer = await OrderAsync(Shop.Body, (header, _shop.Pay(version: version)));

        var jobId = Shop.JobIdOf(1);
        Assert.Equal(202, answer.Status);
        Assert.Equal($"http://127.0.0.1:7071/v1/videos/jobs/{jobId}", answer.Header("Location"));
        Assert.Equal("2", answer.Header("Retry-After"));
        Assert.Equal("private, no-store", answer.Header("Cache-Control"));
        Assert.Equal("PAYMENT-SIGNATURE, X-PAYMENT, Authorization", answer.Header("Vary"));
        var receipt = JsonElement.Parse(Encoding.UTF8.GetString(Convert.FromBase64String(answer.Header(receiptHeader)!)));
        Assert.True(receipt.GetProperty("success").GetBoolean());
        Assert.Equal((JobSamples.Transaction, network), (receipt.GetProperty("transaction").GetString(), receipt.GetProperty("network").GetString()));
        Assert.Equal((jobId, "running"), (answer.Json.GetProperty("job").GetProperty("id").GetString(), answer.Json.GetProperty("job").GetProperty("status").GetString()));
        Assert.True(_shop.Secrets.IsJobToken(answer.Json.GetProperty("job_token").GetString()!, jobId));
        Assert.Equal(_shop.Secrets.WebhookSecret("k1", jobId).Reveal(), answer.Json.GetProperty("webhook_secret").GetString());
        Assert.Contains("improvised", Assert.Single(answer.Json.GetProperty("warnings").EnumerateArray()).GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Order_Repeated_HasTheSameReceiptAndNoSecret()
    {
        var header = ("PAYMENT-SIGNATURE", _shop.Pay());
        var first = await OrderAsync(Shop.Body, header);

        var second = await OrderAsync(Shop.Body, header);

        Assert.Equal((202, first.Header("PAYMENT-RESPONSE"), first.Header("Location")), (second.Status, second.Header("PAYMENT-RESPONSE"), second.Header("Location")));
        Assert.Equal(first.Json.GetProperty("job").GetRawText(), second.Json.GetProperty("job").GetRawText());
        Assert.True(second.Json.TryGetProperty("job_token", out _));
        Assert.False(second.Json.TryGetProperty("webhook_secret", out _));

        _shop.Clock.Advance(TimeSpan.FromMinutes(10));
        var late = await OrderAsync(Shop.Body, header);
        Assert.Equal(202, late.Status);
        Assert.False(late.Json.TryGetProperty("job_token", out _));
    }

    [Fact]
    public async Task Order_SettlementIsNotKnownYet_Is202PendingWithoutReceipt()
    {
        _shop.Client.Started = id => _shop.Client.Set(id, new JobStatus { State = JobState.PaymentPending, Money = MoneyState.InFlight });

        var answer = await _shop.Clock.RunAsync(OrderAsync(Shop.Body, ("PAYMENT-SIGNATURE", _shop.Pay())), TimeSpan.FromSeconds(1));

        Assert.Equal((202, "payment_pending"), (answer.Status, answer.Json.GetProperty("job").GetProperty("status").GetString()));
        Assert.Null(answer.Header("PAYMENT-RESPONSE"));
        Assert.True(answer.Json.TryGetProperty("webhook_secret", out _));
    }

    [Theory]
    [InlineData("payment", "insufficient_funds", "payment_not_settled", 402)] // recorded by an earlier release
    [InlineData("payment", "payment_not_settled", "payment_not_settled", 402)]
    [InlineData("image", "unreachable", "unreachable", 422)]
    [InlineData("internal", "internal_error", "internal_error", 500)]
    public async Task Order_EndedBeforeAnythingWasCharged_IsNo202(string stage, string recorded, string code, int status)
    {
        _shop.Client.Started = id => _shop.Client.Set(
            id, new JobStatus { State = JobState.Failed, Outcome = JobOutcome.Unpaid, Error = new JobError(stage, recorded, "x") });

        var answer = await OrderAsync(Shop.Body, ("PAYMENT-SIGNATURE", _shop.Pay()));

        Assert.Equal((status, code), (answer.Status, answer.Json.GetProperty("code").GetString()));
        Assert.Equal(("resign", "unused"), (answer.Json.GetProperty("retry_action").GetString(), answer.Json.GetProperty("payment_state").GetString()));
        Assert.NotNull(answer.Header("PAYMENT-RESPONSE"));
        Assert.Null(answer.Header("Location"));
    }

    [Theory]
    [InlineData("unreachable", "/image_url")]
    [InlineData("content_refused", "")] // prompt or image: the seller's moderation does not say
    public async Task Order_ImageOrModerationSaysNo_PointsToWhatIsWrong(string code, string field)
    {
        _shop.Client.Started = id => _shop.Client.Set(
            id, new JobStatus { State = JobState.Failed, Outcome = JobOutcome.Unpaid, Error = new JobError("image", code, "No barking.") });

        var answer = await OrderAsync(Shop.Body, ("PAYMENT-SIGNATURE", _shop.Pay()));

        var error = answer.Json.GetProperty("errors")[0];
        Assert.Equal((422, field, "No barking."), (answer.Status, error.GetProperty("pointer").GetString(), error.GetProperty("detail").GetString()));
    }

    [Theory]
    [InlineData(JobState.Failed, MoneyState.Settled, JobSamples.Transaction, "failed")]
    [InlineData(JobState.Failed, MoneyState.InFlight, null, "failed")]
    [InlineData(JobState.Canceled, MoneyState.Unused, null, "canceled")]
    public async Task Order_EndedWithMoneyOrOnRequest_IsTheJobAsItStands(JobState state, MoneyState money, string? transaction, string shown)
    {
        // Never "nothing was charged" while the money may have moved.
        _shop.Client.Started = id => _shop.Client.Set(id, new JobStatus
        {
            State = state, Money = money, Transaction = transaction, Error = JobErrors.Canceled,
            Outcome = money == MoneyState.Unused ? JobOutcome.Unpaid : JobOutcome.RefundDue,
        });

        var answer = await OrderAsync(Shop.Body, ("PAYMENT-SIGNATURE", _shop.Pay()));

        Assert.Equal((202, shown), (answer.Status, answer.Json.GetProperty("job").GetProperty("status").GetString()));
        Assert.Equal(transaction is not null, answer.Header("PAYMENT-RESPONSE") is not null);
        Assert.Null(answer.Header("Retry-After"));
    }

    [Theory]
    [InlineData("provider", true)]
    [InlineData("internal", true)]
    [InlineData("provider", false)] // purged: read from its records
    public async Task Order_WasToBeSettledOnDeliveryAndNobodyDelivered_StaysTheJobItWas(string stage, bool isThere)
    {
        _shop.Client.Started = id => _shop.Client.Set(id, new JobStatus { State = JobState.Running, Money = MoneyState.OnDelivery });
        var payment = ("PAYMENT-SIGNATURE", _shop.Pay());
        Assert.Equal(202, (await OrderAsync(Shop.Body, payment)).Status);
        var error = new JobError(stage, "x", "y");
        _shop.Client.Set(Shop.JobIdOf(1), new JobStatus
        {
            State = JobState.Failed, Outcome = JobOutcome.Unpaid, Error = error, StartedAt = _shop.Clock.GetUtcNow(),
        });
        if (!isThere)
        {
            await _shop.Records.TryCreateAsync(
                RecordNames.Outcome(Shop.JobIdOf(1)), JobSamples.OutcomeOf(_shop.Client.InputOf(Shop.JobIdOf(1)), JobOutcome.Unpaid, error), default);
            _shop.Client.Purge(Shop.JobIdOf(1));
        }

        var again = await OrderAsync(Shop.Body, payment);

        Assert.Equal((202, "failed"), (again.Status, again.Json.GetProperty("job").GetProperty("status").GetString()));
    }

    [Fact]
    public async Task Order_ByApiKey_Is202WithTokenAndSecretOnce()
    {
        (string, string)[] headers = [("Authorization", $"Bearer {TestSettings.ApiKey}"), ("Idempotency-Key", "order-1")];

        var first = await OrderAsync("""{"prompt":"x","image_url":"https://example.com/a.jpg","resolution":"720x720"}""", headers);
        var second = await OrderAsync("""{"prompt":"x","image_url":"https://example.com/a.jpg","resolution":"720x720"}""", headers);

        Assert.Equal((202, 202), (first.Status, second.Status));
        Assert.Null(first.Header("PAYMENT-RESPONSE"));
        Assert.True(first.Json.TryGetProperty("webhook_secret", out _));
        Assert.False(second.Json.TryGetProperty("webhook_secret", out _));
        Assert.True(second.Json.TryGetProperty("job_token", out _));
        Assert.Contains("aspect ratio", first.Json.GetProperty("warnings")[0].GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Order_UnknownApiKey_Is401()
    {
        var answer = await OrderAsync(Shop.Body, ("Authorization", "Bearer ovi_x"), ("Idempotency-Key", "order-1"));

        Assert.Equal((401, "Bearer", "application/problem+json"), (answer.Status, answer.Header("WWW-Authenticate"), answer.Context.Response.ContentType));
    }

    [Fact]
    public async Task Order_TwoWaysToPay_Is400Uncharged()
    {
        var answer = await OrderAsync(Shop.Body, ("PAYMENT-SIGNATURE", _shop.Pay()), ("Authorization", $"Bearer {TestSettings.ApiKey}"));

        Assert.Equal((400, "one_way_to_pay", "unused"), (answer.Status, answer.Json.GetProperty("code").GetString(), answer.Json.GetProperty("payment_state").GetString()));
        Assert.Equal("abandon", answer.Json.GetProperty("retry_action").GetString());
        Assert.Empty(_shop.Records.Names);
    }

    [Fact]
    public async Task Order_PaidWherePaymentsAreOff_Is400()
    {
        var selling = _shop.Pay();
        var shop = new Shop(("Payments:Enabled", "false"));

        var answer = await OrderAsync(shop, Shop.Body, ("PAYMENT-SIGNATURE", selling));

        Assert.Equal((400, "payments_off"), (answer.Status, answer.Json.GetProperty("code").GetString()));
    }

    [Theory]
    [InlineData("")]
    [InlineData("with blank")]
    [InlineData("ünicode")]
    [InlineData("tab\tbed")]
    public async Task Order_IdempotencyKeyThatCannotBeUsed_Is400(string key) =>
        Assert.Equal("invalid_idempotency_key", (await OrderAsync(Shop.Body, ("PAYMENT-SIGNATURE", _shop.Pay()), ("Idempotency-Key", key))).Json.GetProperty("code").GetString());

    [Fact]
    public async Task Order_IdempotencyKey_HasOneTo255Characters()
    {
        Assert.Equal(202, (await OrderAsync(Shop.Body, ("PAYMENT-SIGNATURE", _shop.Pay()), ("Idempotency-Key", new string('k', 255)))).Status);
        Assert.Equal(400, (await OrderAsync(Shop.Body, ("PAYMENT-SIGNATURE", _shop.Pay()), ("Idempotency-Key", new string('k', 256)))).Status);
        Assert.Equal(400, (await OrderAsync(Shop.Body, ("PAYMENT-SIGNATURE", _shop.Pay()), ("Idempotency-Key", "a"), ("Idempotency-Key", "b"))).Status);
    }

    [Fact]
    public async Task Order_BodyOver14Megabytes_Is413BeforeAnyPaymentWork()
    {
        var exchange = Exchange("", ("PAYMENT-SIGNATURE", _shop.Pay()));
        (exchange.Request.Body, exchange.Request.ContentLength) = (new EndlessStream(), null);

        await exchange.AnswerAsync(await _shop.Orders.OrderAsync(_shop.Model, exchange.Request, _shop.Client, default));

        Assert.Equal((413, "body_too_large", "unused"), (exchange.Status, exchange.Json.GetProperty("code").GetString(), exchange.Json.GetProperty("payment_state").GetString()));
        Assert.Contains("14680064", exchange.Text, StringComparison.Ordinal);
        Assert.Equal(0, _shop.Chain.Calls);
    }

    [Theory]
    [InlineData("PAYMENT-SIGNATURE", "PAYMENT-RESPONSE", "eip155:8453")]
    [InlineData("X-PAYMENT", "X-PAYMENT-RESPONSE", "base")]
    public async Task Order_RefusedPayment_HasTheQuoteAndAReceiptThatSaysNo(string header, string receiptHeader, string network)
    {
        _shop.Chain.Balance = 0;
        var version = header == "X-PAYMENT" ? OviFunctions.Payments.X402.X402Version.V1 : OviFunctions.Payments.X402.X402Version.V2;

        var answer = await OrderAsync(Shop.Body, (header, _shop.Pay(version: version)));

        Assert.Equal((402, "payment_insufficient_balance", "insufficient_funds"), (answer.Status, answer.Json.GetProperty("code").GetString(), answer.Json.GetProperty("error").GetString()));
        Assert.NotNull(answer.Header("PAYMENT-REQUIRED"));
        var receipt = JsonElement.Parse(Encoding.UTF8.GetString(Convert.FromBase64String(answer.Header(receiptHeader)!)));
        Assert.False(receipt.GetProperty("success").GetBoolean());
        Assert.Equal(
            ("insufficient_funds", "", network, Samples.Buyer.Address.ToChecksumString()),
            (receipt.GetProperty("errorReason").GetString(), receipt.GetProperty("transaction").GetString(),
                receipt.GetProperty("network").GetString(), receipt.GetProperty("payer").GetString()));
    }

    [Fact]
    public async Task Order_RefusedForAnotherReasonThanThePayment_HasNoReceipt()
    {
        Assert.Null((await OrderAsync("{}", ("PAYMENT-SIGNATURE", _shop.Pay()))).Header("PAYMENT-RESPONSE"));
        Assert.Null((await OrderAsync(Shop.Body, ("PAYMENT-SIGNATURE", "e30="))).Header("PAYMENT-RESPONSE"));
    }

    [Theory]
    [InlineData("one try")]
    [InlineData("several tries")]
    [InlineData("engine")]
    public async Task Order_StorageIsDown_Is503AndTheSamePaymentMayBeSentAgain(string what)
    {
        // The SDK gathers what its tries threw; a single one is thrown as it is.
        var single = new RequestFailedException(503, "ServerBusy");
        var header = ("PAYMENT-SIGNATURE", _shop.Pay());
        _shop.Records.Before = (_, _) => throw (what switch
        {
            "several tries" => new AggregateException("Retry failed after 4 tries.", single, single),
            "engine" => new OviFunctions.Embedded.Store.IntakeRefusedException("No orchestration is started."),
            _ => single,
        });

        var answer = await OrderAsync(Shop.Body, header);

        Assert.Equal((503, "5", "storage_unavailable"), (answer.Status, answer.Header("Retry-After"), answer.Json.GetProperty("code").GetString()));
        Assert.Equal(("retry_same_payment", "in_flight"), (answer.Json.GetProperty("retry_action").GetString(), answer.Json.GetProperty("payment_state").GetString()));

        _shop.Records.Before = null;
        Assert.Equal(202, (await OrderAsync(Shop.Body, header)).Status);
    }

    [Fact]
    public async Task Order_StorageThatDoesNotAnswer_IsGivenUpInSeconds()
    {
        // The real client, on a port where nobody listens: with the SDK's own patience the buyer would wait two minutes.
        var options = StorageRegistration.ClientOptions();
        const string nobody = "DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;AccountKey=AAAA;BlobEndpoint=http://127.0.0.1:1/devstoreaccount1";
        var store = new OviFunctions.Storage.BlobRecordStore(new BlobContainerClient(nobody, "ovifunctions", options));
        var started = TimeProvider.System.GetTimestamp();

        var e = await Assert.ThrowsAnyAsync<Exception>(() => store.ReadAsync<Claim>("claims/a", default));

        Assert.True(OviFunctions.Storage.StorageOutage.Is(e), e.ToString());
        Assert.InRange(TimeProvider.System.GetElapsedTime(started).TotalSeconds, 0, 15);
    }

    private Task<HttpExchange> OrderAsync(string body, params (string Name, string Value)[] headers) => OrderAsync(_shop, body, headers);

    private static async Task<HttpExchange> OrderAsync(Shop shop, string body, params (string Name, string Value)[] headers)
    {
        var exchange = Exchange(body, headers);
        return await exchange.AnswerAsync(await shop.Orders.OrderAsync(shop.Model, exchange.Request, shop.Client, default));
    }

    private static HttpExchange Exchange(string body, params (string Name, string Value)[] headers) =>
        new HttpExchange("POST", "/v1/videos/ovi/image-to-video/jobs", headers).WithBody(body);
}
