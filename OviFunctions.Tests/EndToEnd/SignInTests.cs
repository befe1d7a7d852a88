using System.Globalization;
using System.Text.Json.Nodes;
using OviFunctions.DevStack;
using OviFunctions.DevStack.Parts;
using OviFunctions.DevStack.Receiver;
using OviFunctions.DevStack.Simulators;
using OviFunctions.Tests.EndToEnd.Support;
using OviFunctions.Tests.Http.SignIn;

namespace OviFunctions.Tests.EndToEnd;

/// <summary>A buyer who has lost everything but his wallet.</summary>
public sealed class SignInTests(GatewayFixture fixture) : GatewayTest(fixture.Gateway), IClassFixture<GatewayFixture>
{
    private const string ListPath = "/v1/videos/jobs";

    [Fact]
    public async Task List_WithTheReferenceClient_GivesTheWalletsJobsAndTheirTokens()
    {
        var payer = await NewPayerAsync();
        var ticket = Ticket.Of(await PayAsync(payer.Sign(await Shop.QuoteAsync())));
        var somebodyElses = await OrderByKeyAsync();

        var outcome = await Buyer.BuyAsync(Stack.Host, Chain.Network, new Purchase(new Uri(Gateway.Process.Url, ListPath), "")
        {
            Client = BuyerClient.SignIn, Method = "GET", Wallet = payer.Wallet,
        }, Soon);

        Assert.Null(outcome.Error);
        Assert.Equal([401, 200], outcome.Exchanges.Select(exchange => exchange.Status));
        var entry = Assert.Single(outcome.Body!.Value.GetProperty("jobs").EnumerateArray());
        Assert.Equal((ticket.Id, ticket.Token), (entry.Text("job.id"), entry.Text("job_token")));
        await Shop.EndOfAsync(ticket with { Token = entry.Text("job_token")! });
        await Shop.EndOfAsync(somebodyElses);
    }

    [Fact]
    public async Task WebhookSecret_Replaced_SignsWhatComesThen()
    {
        Stack.Fal.Faults.ForPrompt(Prompt, new SimulatorFault { ProcessingMilliseconds = 1500 });
        var payer = await NewPayerAsync();
        var ticket = Ticket.Of(await PayAsync(payer.Sign(await Shop.QuoteAsync()), Body(webhook: true)));
        await HooksAsync(1);
        var signIn = SignInOf(payer, "rotate123");

        var rotated = await Shop.SendAsync(HttpMethod.Post, ticket.Path + "/webhook-secret", headers: [signIn]);
        var again = await Shop.SendAsync(HttpMethod.Post, ticket.Path + "/webhook-secret", headers: [signIn]);

        Assert.Equal((200, ticket.Id, ticket.Token), (rotated.Status, rotated.Text("job.id"), rotated.Text("job_token")));
        Assert.Equal((401, "invalid_siwx_nonce"), (again.Status, again.Text("code")));
        await Shop.EndOfAsync(ticket);
        var hooks = await HooksAsync(2);
        Assert.Equal(["job.running", "job.succeeded"], hooks.Select(hook => hook.Json().Text("type")));
        Assert.True(hooks[0].IsSignedWith(ticket.WebhookSecret!));
        Assert.False(hooks[1].IsSignedWith(ticket.WebhookSecret!));
        Assert.True(hooks[1].IsSignedWith(rotated.Text("webhook_secret")!));
    }

    [Fact]
    public async Task List_InPagesByApiKey_ContinuesWithItsOwnCursorOnly()
    {
        var first = Ticket.Of(await Shop.OrderAsync(Body().ToJsonString(), Shop.Key(TestGateway.OtherApiKey, Prompt.Replace(' ', '-') + 1)));
        // Storage keeps times to the second.
        var claimed = (await Shop.EndOfAsync(first)).GetProperty("created_at").GetInt64();
        await Eventually.TrueAsync(() => Task.FromResult(TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() > claimed + 1));
        var second = Ticket.Of(await Shop.OrderAsync(Body().ToJsonString(), Shop.Key(TestGateway.OtherApiKey, Prompt.Replace(' ', '-') + 2)));
        await Shop.EndOfAsync(second);
        var key = ("Authorization", "Bearer " + TestGateway.OtherApiKey);

        var page = await Shop.GetAsync(ListPath + "?limit=1", key);
        var cursor = page.Text("next_cursor");
        var foreign = await Shop.GetAsync($"{ListPath}?cursor={cursor}", ("Authorization", "Bearer " + GatewaySettings.ApiKey));
        var rest = await Shop.GetAsync($"{ListPath}?limit=100&cursor={cursor}", key);

        Assert.Equal((200, 1), (page.Status, page.Json.GetProperty("jobs").GetArrayLength()));
        Assert.Equal((400, "invalid_cursor"), (foreign.Status, foreign.Text("code")));
        string?[] ids = [page.Text("jobs.0.job.id"), .. rest.Json.GetProperty("jobs").EnumerateArray().Select(entry => entry.Text("job.id"))];
        Assert.Equal(ids.Distinct(), ids);
        Assert.True(Array.IndexOf(ids, second.Id) < Array.IndexOf(ids, first.Id) && ids.Contains(second.Id), string.Join(' ', ids));
    }

    private (string, string) SignInOf(Payer payer, string nonce)
    {
        var url = Gateway.Process.Url;
        void Change(JsonObject fields)
        {
            fields["domain"] = url.Authority;
            fields["uri"] = new Uri(url, ListPath).AbsoluteUri;
            fields["chainId"] = $"eip155:{Chain.Network.Id}";
            fields["issuedAt"] = TimeProvider.System.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
        }

        return ("SIGN-IN-WITH-X", SignIns.Signed(nonce, Change, Convert.FromHexString(payer.Wallet.PrivateKey[2..]), payer.Address));
    }
}
