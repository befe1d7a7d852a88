using OviFunctions.Bench.Chaos;

namespace OviFunctions.Tests.Embedded.Bench;

/// <summary>The kill test can fail: each way to lose something or to apply it twice is seen.</summary>
public sealed class LedgerAuditTests
{
    private const int Kills = 1;

    private static readonly ChaosJob Sequence = new("s", "Sequence", "2", ["s/0", "s/1"]);
    private static readonly ChaosJob Collect = Enumerable.Range(0, 100).Select(n => ChaosJob.Roll(0, n)).First(job => job.Sender is { Sends: 2 });

    [Fact]
    public void Sequence_EachResultOnce_IsFine() => Assert.Empty(AfterSequence(["s/0@1.1", "s/1@1.2"]));

    [Fact]
    public void Sequence_RunThatTheKillTook_IsFine() => Assert.Empty(AfterSequence(["s/0@1.1", "s/1@2.1"], ("s/1", "s/1@2.1", ["s/0@1.1"])));

    [Theory]
    [InlineData("s/0@1.1", null, "no result of s/1 was applied")]
    [InlineData("s/0@1.1", "s/0@1.1", "s/0 was applied 2 times")]
    [InlineData("s/0@1.1", "s/2@1.2", "a result of s/2 was applied, which was not called")]
    [InlineData("s/0@1.1", "s/1@1.7", "s/1@1.7 was applied, and no activity returned it")]
    [InlineData("s/0@9.9", "s/1@1.2", "s/1 was made from s/0@1.1, which was forgotten")]
    public void Sequence_WrongResult_IsSeen(string first, string? second, string violation) =>
        Assert.Contains(AfterSequence(second is null ? [first] : [first, second]), v => v.Contains(violation, StringComparison.Ordinal));

    [Theory]
    [InlineData("s/0@2.1")]
    [InlineData("s/0@1.3")]
    public void Sequence_ActivityThatRunsAgainAfterItsResultWasRecorded_IsSeen(string run) =>
        Assert.Contains("s/0 ran again after s/0@1.1 had been recorded.", AfterSequence(["s/0@1.1", "s/1@1.2"], ("s/0", run, [])));

    [Fact]
    public void Sequence_ResultThatNoKillMayHaveTaken_IsSeen() =>
        Assert.Contains("s/1@1.2 was lost without a kill.", AfterSequence(["s/0@1.1", "s/1@1.3"], ("s/1", "s/1@1.3", ["s/0@1.1"])));

    [Fact]
    public void Collect_EachEventOnce_IsFine() => Assert.Empty(AfterCollect("0", "1", "c.0", "c.1"));

    [Theory]
    [InlineData("is lost", "0", "c.0", "c.1")]
    [InlineData("is lost", "0", "1", "c.0")]
    [InlineData("was applied 2 times", "0", "0", "1", "c.0", "c.1")]
    [InlineData("-sender were applied in another order", "1", "0", "c.0", "c.1")]
    [InlineData("the client's events were applied in another order", "0", "1", "c.1", "c.0")]
    [InlineData("which was not sent", "0", "1", "c.0", "c.1", "c.2")]
    public void Collect_WrongEvents_AreSeen(string violation, params string[] items) =>
        Assert.Contains(AfterCollect(items), v => v.Contains(violation, StringComparison.Ordinal));

    private static string[] AfterSequence(string[] told, params (string Call, string Result, string[] Uses)[] more)
    {
        var ledger = new Ledger();
        ledger.Ran("s/0", "s/0@1.1", []);
        ledger.Ran("s/1", "s/1@1.2", ["s/0@1.1"]);
        foreach (var (call, result, uses) in more) ledger.Ran(call, result, uses);
        ledger.Finished(Sequence, told);
        return [.. LedgerAudit.Violations(ledger, Kills)];
    }

    /// <param name="items">What the instance took: a number from its sender, or <c>c.</c> and a number from the client.</param>
    private static string[] AfterCollect(params string[] items)
    {
        var ledger = new Ledger();
        foreach (var item in (string[])["c.0", "c.1"]) ledger.Sent(Collect.Id, item, isAcknowledged: true);
        var told = new List<string>();
        foreach (var item in items.Select(item => item.StartsWith('c') ? item : $"{Collect.Sender!.Id}:{item}"))
        {
            var call = $"{Collect.Id}/after-{item}";
            told.AddRange(item, $"{call}@1.{told.Count}");
            ledger.Ran(call, told[^1], [item]);
        }

        ledger.Finished(Collect, told);
        return [.. LedgerAudit.Violations(ledger, Kills)];
    }
}
