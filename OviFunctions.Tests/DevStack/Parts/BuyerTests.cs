using OviFunctions.DevStack.Parts;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.DevStack.Parts;

/// <summary>Reference clients, reference facilitators and the chain together.</summary>
[Collection(StackGroup.Name)]
public sealed class BuyerTests(StackFixture fixture)
{
    private const string Body = """{"prompt":"a cat"}""";
    private readonly Chain _chain = fixture.Stack.Chain!;

    [Theory]
    [InlineData(BuyerClient.V2, 0)]
    [InlineData(BuyerClient.V1, 0)]
    [InlineData(BuyerClient.V1, 1)] // the facilitator of the first generation
    public async Task Buy_PaysTheQuoteOnChain(BuyerClient client, int facilitator)
    {
        await using var seller = await StartSellerAsync(420_000, facilitator);
        var wallet = await NewBuyerAsync();

        var outcome = await BuyAsync(new Purchase(seller.Url, Body) { Client = client, Wallet = wallet, MaxDollars = "0.42" });

        Assert.Null(outcome.Error);
        Assert.Equal([402, 202], outcome.Exchanges.Select(exchange => exchange.Status));
        Assert.Equal(202, outcome.Status);
        Assert.Equal("a cat", outcome.Body!.Value.GetProperty("body").GetProperty("prompt").GetString());
        Assert.Equal(5_000_000 - 420_000, await _chain.Rpc.GetBalanceAsync(wallet.Address, default));
        var receipt = await _chain.Rpc.GetReceiptAsync(outcome.Receipt!.Value.GetProperty("transaction").GetString()!, default);
        Assert.Equal("0x1", receipt!.Value.GetProperty("status").GetString());
    }

    [Theory]
    [InlineData(BuyerClient.V2, 1_000_001)]
    [InlineData(BuyerClient.V1, 100_001)]
    public async Task Buy_AboveTheClientsOwnCap_IsRefusedByTheClient(BuyerClient client, int price)
    {
        await using var seller = await StartSellerAsync(price);
        var wallet = await NewBuyerAsync();

        var outcome = await BuyAsync(new Purchase(seller.Url, Body) { Client = client, Wallet = wallet });

        Assert.NotNull(outcome.Error);
        Assert.Equal([402], outcome.Exchanges.Select(exchange => exchange.Status));
        Assert.Equal(5_000_000, await _chain.Rpc.GetBalanceAsync(wallet.Address, default));
    }

    [Fact]
    public async Task Buy_SignOnly_GivesThePaymentAndMovesNothing()
    {
        await using var seller = await StartSellerAsync(420_000);
        var wallet = await NewBuyerAsync();

        var outcome = await BuyAsync(new Purchase(seller.Url, Body) { Wallet = wallet, SignOnly = true });

        Assert.Equal(0, outcome.Status);
        Assert.Contains("\"signature\"", System.Text.Encoding.UTF8.GetString(Convert.FromBase64String(outcome.Payment!)), StringComparison.Ordinal);
        Assert.Equal(5_000_000, await _chain.Rpc.GetBalanceAsync(wallet.Address, default));
    }

    [Fact]
    public async Task Buy_Output_HoldsNeitherPaymentNorBearerToken()
    {
        await using var seller = await StartSellerAsync(420_000);
        var headers = new Dictionary<string, string> { ["Authorization"] = "Bearer secret-token" };

        var outcome = await BuyAsync(new Purchase(seller.Url, Body) { Wallet = await NewBuyerAsync(), Headers = headers });

        var paid = outcome.Exchanges[1].Json.GetProperty("request").GetProperty("headers");
        Assert.Matches(@"^\[\d+ characters\]$", paid.GetProperty("payment-signature").GetString());
        Assert.Equal("[19 characters]", paid.GetProperty("authorization").GetString());
        Assert.Null(outcome.Payment);
    }

    [Fact]
    public async Task Buy_NobodyThere_TellsWhy()
    {
        var outcome = await BuyAsync(new Purchase(new Uri("http://127.0.0.1:1/jobs"), Body));

        Assert.Null(outcome.Status);
        Assert.NotNull(outcome.Error);
    }

    private async Task<SampleSeller> StartSellerAsync(int price, int facilitator = 0)
    {
        var seller = new SampleSeller(_chain.Network, fixture.Stack.Endpoints.Facilitators[facilitator], price);
        await seller.StartAsync();
        return seller;
    }

    private async Task<Wallet> NewBuyerAsync()
    {
        var wallet = Wallet.Create();
        await _chain.Rpc.MintAsync(wallet.Address, 5_000_000, default);
        return wallet;
    }

    private Task<PurchaseOutcome> BuyAsync(Purchase purchase) => Buyer.BuyAsync(fixture.Stack.Host, _chain.Network, purchase, default);
}
