using OviFunctions.Payments.Ledger;

namespace OviFunctions.Tests.Payments.Ledger;

public sealed class LedgerCsvTests
{
    [Theory]
    [InlineData(null, "")]
    [InlineData("", "")]
    [InlineData("fal", "fal")]
    [InlineData("a,b", "\"a,b\"")]
    [InlineData("say \"hi\"", "\"say \"\"hi\"\"\"")]
    [InlineData("two\r\nlines", "\"two\r\nlines\"")]
    [InlineData("two\nlines", "\"two\nlines\"")]
    [InlineData(" spaces ", " spaces ")]
    [InlineData("=1+1", "'=1+1")]
    [InlineData("+1", "'+1")]
    [InlineData("-1", "'-1")]
    [InlineData("@SUM(A1)", "'@SUM(A1)")]
    [InlineData("\tx", "'\tx")]
    [InlineData("\rx", "\"'\rx\"")]
    [InlineData("=HYPERLINK(\"http://x\",\"y\")", "\"'=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\"")]
    [InlineData("a=b", "a=b")]
    public void Field_Text_IsWrittenAsRfc4180AndNeverAFormula(string? text, string expected) => Assert.Equal(expected, LedgerCsv.Field(text));

    [Fact]
    public void LineOf_Settlement_HasEveryColumnOfTheHeader()
    {
        var line = LedgerCsv.LineOf(new LedgerEntry
        {
            Type = LedgerEntryType.Settled,
            JobId = "job_a",
            At = new DateTimeOffset(2026, 11, 20, 13, 0, 1, 500, TimeSpan.FromHours(1)),
            AmountAtomic = 420_000,
            Network = "eip155:8453",
            Asset = "0xA",
            Transaction = "0xT",
            LogIndex = 5,
            Block = 50,
            From = "0xF",
            To = "0xP",
            Counterparty = "x402.org",
            Detail = "d",
            LinkedEntry = "l",
        });

        Assert.Equal("2026-11-20T12:00:01.500Z,settled,job_a,eip155:8453,0xA,420000,0xT,5,50,0xF,0xP,x402.org,,d,l\r\n", line);
        Assert.Equal(LedgerCsv.Header.Count(c => c == ','), line.Count(c => c == ','));
        Assert.EndsWith("\r\n", LedgerCsv.Header, StringComparison.Ordinal);
    }

    [Fact]
    public void LineOf_ProviderCost_IsInDollars()
    {
        var line = LedgerCsv.LineOf(new LedgerEntry
        {
            Type = LedgerEntryType.ProviderCost, JobId = "job_a", At = DateTimeOffset.UnixEpoch, AmountAtomic = 200_000, Counterparty = "fal", Detail = "0-1",
        });

        Assert.Equal("1970-01-01T00:00:00.000Z,provider_cost,job_a,,,,,,,,,fal,0.2,0-1,\r\n", line);
    }
}
