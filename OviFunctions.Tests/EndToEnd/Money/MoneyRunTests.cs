using OviFunctions.Bench;
using OviFunctions.Bench.Money;
using OviFunctions.Tests.Support;
using Xunit.Abstractions;

namespace OviFunctions.Tests.EndToEnd.Money;

/// <summary>A sample of the money test; <c>dotnet run -c Release --project bench -- chaos --money 500</c> runs it in full.</summary>
public sealed class MoneyRunTests(StackFixture fixture, ITestOutputHelper output) : IClassFixture<StackFixture>
{
    private const int Orders = 40;
    private const ulong Seed = 20;

    [Fact]
    public async Task FortyOrders_WhosePeersFailAndLie_AreDeliveredRefundedOrUnpaid_AndTheLedgerIsTheChain()
    {
        var text = new StringWriter();

        var violations = await new MoneyRun(fixture.Stack, Orders, Seed, TextWriter.Synchronized(text)).RunAsync(CancellationToken.None);

        output.WriteLine(text.ToString());
        Assert.True(violations.Count == 0, text.ToString());
    }

    [Fact]
    public void Sample_OfAsManyAsThereAre_HasEachCaseOnce() => Assert.Equal(
        MoneyCase.All.Select(it => it.ToString()).Order(), MoneyCase.Sample(MoneyCase.All.Length, new Dice(Seed)).Select(it => it.ToString()).Order());
}
