using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using OviFunctions.DevStack;
using OviFunctions.DevStack.Parts;
using OviFunctions.DevStack.Receiver;
using OviFunctions.DevStack.Simulators.Fal;
using OviFunctions.Payments.Evm;
using OviFunctions.Payments.X402;

namespace OviFunctions.Tests.EndToEnd.Support;

/// <summary>
/// A test against a gateway. Its jobs have a prompt and a webhook path of their own, so that it sees only its own calls at the
/// simulators that it shares with others.
/// </summary>
public abstract class GatewayTest
{
    /// <summary>The price of a video, in atomic units.</summary>
    public const long Price = 420_000;

    private readonly string _id = RandomNumberGenerator.GetHexString(12, lowercase: true);

    private protected GatewayTest(TestGateway gateway) => Gateway = gateway;

    private protected TestGateway Gateway { get; }

    private protected Shop Shop => Gateway.Shop;

    private protected DeveloperStack Stack => Gateway.Stack;

    private protected Chain Chain => Stack.Chain!;

    /// <summary>The prompt of this test's jobs.</summary>
    private protected string Prompt => $"A lighthouse in a storm, {_id}.";

    /// <summary>Where this test's jobs report.</summary>
    private protected Uri Hook => new(Stack.Receiver.Url, "hooks/" + _id);

    /// <summary>The end of every wait.</summary>
    private protected CancellationToken Soon { get; } = new CancellationTokenSource(TimeSpan.FromSeconds(60)).Token;

    /// <summary>A good body of this test's.</summary>
    private protected JsonObject Body(bool webhook = false) => OrderBody.For(Prompt, webhook ? Hook : null);

    private protected Task<Payer> NewPayerAsync(long usdc = 10 * Price) => Payer.CreateAsync(Chain, usdc);

    /// <summary>Orders with the first API key.</summary>
    private protected async Task<Ticket> OrderByKeyAsync(JsonObject? body = null) =>
        Ticket.Of(await Shop.OrderAsync((body ?? Body()).ToJsonString(), Shop.Key(GatewaySettings.ApiKey, _id)));

    /// <summary>Orders this test's body, or another one, with a payment.</summary>
    private protected async Task<Answer> PayAsync(
        SignedAuthorization signed, JsonObject? body = null, X402Version version = X402Version.V2,
        IEnumerable<(string Name, string Value)>? headers = null, Action<JsonObject>? change = null) =>
        await Shop.OrderAsync(
            (body ?? Body()).ToJsonString(), [Shop.Pay(await Shop.QuoteAsync(), signed, version, change), .. headers ?? []]);

    /// <summary>How often this test's prompt was submitted at a provider.</summary>
    private protected int SubmitsAt(FalSimulator fal) => fal.SubmitsOf(Prompt).Count;

    /// <summary>This test's webhooks, when there are so many.</summary>
    private protected async Task<IReadOnlyList<ReceivedWebhook>> HooksAsync(int count) =>
        [.. (await Stack.Receiver.Deliveries.WaitAsync(all => all.Count(IsMine) >= count, Soon)).Where(IsMine)];

    /// <summary>Asserts that a payment was not taken: the wallet holds what it held, and the gateway knows nothing of it.</summary>
    private protected async Task AssertUntouchedAsync(Payer payer, SignedAuthorization signed, long balance = 10 * Price)
    {
        Assert.Equal(balance, await payer.BalanceAsync());
        Assert.False(await Gateway.HasClaimAsync(signed), "There is a claim.");
        Assert.Equal(0, SubmitsAt(Stack.Fal));
    }

    private bool IsMine(ReceivedWebhook delivery) => delivery.Path == Hook.AbsolutePath;
}
