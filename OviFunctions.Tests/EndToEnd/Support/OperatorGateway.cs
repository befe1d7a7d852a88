using System.Text;
using System.Text.Json;
using OviFunctions.DevStack;
using OviFunctions.DevStack.Parts;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.EndToEnd.Support;

/// <summary>A gateway with a payee of its own, which therefore can watch the chain; and its operator.</summary>
public sealed class OperatorGateway : IAsyncLifetime
{
    private static readonly (string, string) Key = ("Authorization", "Bearer " + GatewaySettings.OperatorKey);

    private readonly StackFixture _stack = new();

    internal TestGateway Gateway { get; private set; } = null!;

    /// <summary>Who receives the money.</summary>
    internal Wallet PayTo { get; } = Wallet.Create();

    public async Task InitializeAsync()
    {
        await _stack.InitializeAsync();
        Gateway = await TestGateway.StartAsync(_stack.Stack, settings:
        [
            ("Payments__PayTo", PayTo.Address), ("Operator__WatchChain", "true"), ("Operator__NoOrderGraceSeconds", "0"),
            ("Seller__LegalName", "Test Films"), ("Seller__TaxRatePercent", "19"),
        ]);
        await DoAsync("reconcile"); // the chain is watched from here on
    }

    public async Task DisposeAsync()
    {
        await Gateway.DisposeAsync();
        await _stack.DisposeAsync();
    }

    /// <summary>An operator's POST.</summary>
    internal async Task<JsonElement> DoAsync(string what, string? body = null, HttpMethod? method = null)
    {
        using var content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/json");
        var answer = await Gateway.Shop.SendAsync(method ?? HttpMethod.Post, "/v1/operator/" + what, content, [Key]);
        Assert.True(answer.Status is 200 or 202, answer.ToString());
        return answer.Json;
    }

    /// <summary>What the operator sees of the money.</summary>
    internal Task<JsonElement> PaymentsAsync() => DoAsync("payments?limit=1000", method: HttpMethod.Get);

    internal Task<Answer> CsvAsync() => Gateway.Shop.GetAsync("/v1/operator/payments.csv", Key);

    /// <summary>Looks at the chain until the operator sees what is waited for: a block is safe only after the next one.</summary>
    internal async Task<JsonElement> SeeAsync(Func<JsonElement, bool> what)
    {
        JsonElement view = default;
        await Eventually.TrueAsync(async () =>
        {
            await DoAsync("reconcile");
            view = await PaymentsAsync();
            return what(view);
        });
        return view;
    }
}
