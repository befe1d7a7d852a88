using System.Security.Cryptography;
using OviFunctions.Payments.Evm;
using OviFunctions.Tests.EndToEnd.Support;

namespace OviFunctions.Tests.EndToEnd.Money;

/// <summary>Strangers who want the store to remember what nobody pays for, and buyers who want two jobs for one payment.</summary>
[Collection(FaultyPeersTest.Group)]
public sealed class ClaimAttackTests(FaultyPeersGateway peers) : FaultyPeersTest(peers)
{
    [Fact]
    public async Task UnsignedAndUnfundedPayments_LeaveNothingInTheStore()
    {
        await Shop.EndOfAsync(Ticket.Of(await PayAsync(Signed)));
        var before = await NamesAsync();
        var quote = await Shop.QuoteAsync();
        var unfunded = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => NewPayerAsync(usdc: 0)));

        // An image and a key would be written too, if anything were.
        var answers = await Task.WhenAll(
        [
            .. unfunded.Select((payer, i) => PayAsync(payer.Sign(quote), headers: [("Idempotency-Key", $"unfunded-{i}")])),
            .. unfunded.Select((payer, i) => PayAsync(Unsigned(payer.Sign(quote)), headers: [("Idempotency-Key", $"unsigned-{i}")])),
            .. unfunded.Select((_, i) => PayAsync(SignedByAnother(unfunded, i, quote), headers: [("Idempotency-Key", $"another-{i}")])),
        ]);

        Assert.All(answers, answer => Assert.Equal((402, "unused"), (answer.Status, answer.Text("payment_state"))));
        Assert.Empty((await NamesAsync()).Except(before));
    }

    [Fact]
    public async Task TwoPaymentsUnderOneIdempotencyKey_TwentyAtOnce_AreOneJob_AndOneIsNeverSettled()
    {
        var quote = await Shop.QuoteAsync();
        SignedAuthorization[] signed = [Payer.Sign(quote), Payer.Sign(quote)];

        var answers = await Task.WhenAll(
            Enumerable.Range(0, 20).Select(i => PayAsync(signed[i % 2], headers: [("Idempotency-Key", "two-at-once")])));

        var tickets = answers.Select(Ticket.Of).ToList();
        Assert.Single(tickets.Select(ticket => ticket.Id).Distinct());
        Assert.Single(tickets, ticket => ticket.WebhookSecret is not null);
        await AssertPaidOnceAsync(tickets[0]);
        Assert.Single(await Task.WhenAll(signed.Select(Payer.IsUsedAsync)), isUsed => isUsed);
    }

    private static SignedAuthorization Unsigned(SignedAuthorization signed) =>
        signed with { Signature = "0x" + RandomNumberGenerator.GetHexString(128, lowercase: true) + "1b" };

    /// <summary>The wallet of one, the signature of the next.</summary>
    private static SignedAuthorization SignedByAnother(Payer[] payers, int i, Quote quote) =>
        payers[i].Sign(quote) with { Signature = payers[(i + 1) % payers.Length].Sign(quote).Signature };

    /// <summary>Every blob, but for the state that the whole store has anyway.</summary>
    private async Task<HashSet<string>> NamesAsync() =>
        await Gateway.Container.GetBlobsAsync().Select(blob => blob.Name)
            .Where(name => !name.StartsWith("shared/", StringComparison.Ordinal)).ToHashSetAsync();
}
