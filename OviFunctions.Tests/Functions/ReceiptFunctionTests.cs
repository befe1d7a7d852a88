using OviFunctions.Functions;
using OviFunctions.Http;
using OviFunctions.Jobs;
using OviFunctions.Payments.Ledger;
using OviFunctions.Secrets;
using OviFunctions.Tests.Secrets;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Functions;

/// <summary>The buyer's receipt, from the ledger alone.</summary>
public sealed class ReceiptFunctionTests
{
    private static readonly VideoJobInput Job = JobSamples.PaidJob;

    private readonly MemoryRecordStore _records = new();
    private readonly JobSecrets _secrets = new(KeyRingTests.Of("k1"));

    [Fact]
    public async Task Get_PaidJob_HasSellerPaymentAndTax()
    {
        await EnterAsync(LedgerEntryType.Settled, 420_000);
        await _records.TryCreateAsync(RecordNames.Claim(Job.JobId), JobSamples.ClaimOf(Job), default);

        var answer = await GetAsync(
            ("Seller:LegalName", "Film & Co"), ("Seller:Address", "Main Street 1"), ("Seller:TaxId", "DE123"), ("Seller:TaxRatePercent", "19"), ("Seller:TaxNote", "incl. VAT"));

        Assert.Equal((200, "private, no-store", "*"), (answer.Status, answer.Header("Cache-Control"), answer.Header("Access-Control-Allow-Origin")));
        Assert.Equal(
            $$$$"""
            {"receipt":{"id":"{{{{Job.JobId}}}}","seller":{"name":"Film \u0026 Co","address":"Main Street 1","tax_id":"DE123"},"model":"ovi/image-to-video","currency":"USDC","payment":{"amount":0.42,"amount_atomic":"420000","network":"eip155:8453","asset":"0xA","transaction":"0xSettled","from":"0xF","to":"0xT","at":1795176000},"refunds":[],"total":0.42,"tax":{"rate_percent":19,"included":0.067059,"note":"incl. VAT"}}}
            """,
            answer.Text);
    }

    [Fact]
    public async Task Get_RefundedJobWhoseRecordsAreGone_HasWhatWentBack()
    {
        await EnterAsync(LedgerEntryType.Settled, 420_000);
        await EnterAsync(LedgerEntryType.Refunded, 210_000);
        await EnterAsync(LedgerEntryType.ProviderCost, 200_000);

        var receipt = (await GetAsync()).Json.GetProperty("receipt");

        Assert.Equal(0.21m, receipt.GetProperty("total").GetDecimal());
        Assert.Equal("0xRefunded", Assert.Single(receipt.GetProperty("refunds").EnumerateArray()).GetProperty("transaction").GetString());
        Assert.Equal("OviFunctions", receipt.GetProperty("seller").GetProperty("name").GetString());
        Assert.False(receipt.TryGetProperty("tax", out _));
        Assert.DoesNotContain("200000", receipt.ToString(), StringComparison.Ordinal); // what the provider costs is nobody's business
    }

    [Fact]
    public async Task Get_NothingPaid_Is404()
    {
        var answer = await GetAsync();

        Assert.Equal((404, "no_receipt"), (answer.Status, answer.Json.GetProperty("code").GetString()));
    }

    [Fact]
    public async Task Get_WithoutTheJobsToken_Is404AsForNoJob()
    {
        await EnterAsync(LedgerEntryType.Settled, 420_000);

        var answer = await GetAsync(_secrets.JobToken("k1", JobSamples.KeyJobId));

        Assert.Equal((404, "job_not_found"), (answer.Status, answer.Json.GetProperty("code").GetString()));
    }

    [Theory]
    [InlineData(0.42, 0, 0)]
    [InlineData(0.42, 100, 0.21)]
    [InlineData(0.42, 7.7, 0.030028)]
    [InlineData(0, 19, 0)]
    public void IncludedTax_Rate_IsPartOfTheTotal(decimal total, decimal rate, decimal expected) => Assert.Equal(expected, JobReceipts.IncludedTax(total, rate));

    private Task EnterAsync(LedgerEntryType type, long amount) => new BlobLedger(_records).RecordAsync(new LedgerEntry
    {
        Type = type,
        JobId = Job.JobId,
        At = DateTimeOffset.FromUnixTimeSeconds(1_795_176_000),
        AmountAtomic = amount,
        Network = "eip155:8453",
        Asset = "0xA",
        Transaction = $"0x{type}",
        From = "0xF",
        To = "0xT",
    }, default);

    private Task<HttpExchange> GetAsync(params (string, string?)[] settings) => GetAsync(_secrets.JobToken("k1", Job.JobId), settings);

    private async Task<HttpExchange> GetAsync(string token, params (string, string?)[] changes)
    {
        var settings = TestSettings.Read(changes);
        var function = new ReceiptFunction(
            new JobAccess(_secrets, new ApiKeys(settings, new ManualTimeProvider())), new JobReceipts(_records, new LedgerReader(_records), settings));
        var exchange = new HttpExchange("GET", "/", ("Authorization", "Bearer " + token));
        return await exchange.AnswerAsync(await function.GetAsync(exchange.Request, Job.JobId, default));
    }
}
