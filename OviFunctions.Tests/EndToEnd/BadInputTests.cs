using System.Text.Json.Nodes;
using OviFunctions.DevStack;
using OviFunctions.Payments.X402;
using OviFunctions.Tests.EndToEnd.Support;

namespace OviFunctions.Tests.EndToEnd;

/// <summary>
/// Requests that cannot be carried out. Without a payment they are quoted with what is wrong; with one they are refused, and nothing
/// is charged; by API key they order nothing.
/// </summary>
public sealed class BadInputTests(GatewayFixture fixture) : GatewayTest(fixture.Gateway), IClassFixture<GatewayFixture>
{
    private const string Gif = "\"data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7\"";

    /// <summary>A member, its value as JSON (null takes it away), and where and how that is wrong.</summary>
    public static TheoryData<string, string?, string, string> WrongMembers => new()
    {
        { "prompt", null, "/prompt", "required" },
        { "prompt", "null", "/prompt", "required" },
        { "prompt", "\"\"", "/prompt", "length" },
        { "prompt", Quoted(new string('x', 4001)), "/prompt", "length" },
        { "prompt", "17", "/prompt", "type" },
        { "prompt", "[\"a\"]", "/prompt", "type" },
        { "image_url", null, "/image_url", "required" },
        { "image_url", "\"\"", "/image_url", "source" },
        { "image_url", "7", "/image_url", "type" },
        { "image_url", "\"ftp://example.com/a.png\"", "/image_url", "source" },
        { "image_url", "\"file:///etc/passwd\"", "/image_url", "source" },
        { "image_url", "\"http://127.0.0.1/a.png\"", "/image_url", "url_refused" },
        { "image_url", "\"http://[::1]/a.png\"", "/image_url", "url_refused" },
        { "image_url", "\"http://2130706433/a.png\"", "/image_url", "url_refused" },
        { "image_url", "\"http://169.254.169.254/latest/meta-data/\"", "/image_url", "url_refused" },
        { "image_url", "\"https://user:word@93.184.216.34/a.png\"", "/image_url", "url_refused" },
        { "image_url", "\"https://93.184.216.34:8443/a.png\"", "/image_url", "url_refused" },
        { "image_url", "\"https://storage.internal/a.png\"", "/image_url", "url_refused" },
        { "image_url", "\"data:text/html;base64,PGh0bWw+\"", "/image_url", "source" },
        { "image_url", "\"data:image/png,notbase64\"", "/image_url", "source" },
        { "image_url", "\"data:image/png;base64,!!!!\"", "/image_url", "base64" },
        { "image_url", "\"data:image/png;base64,iVBORw0KGgo=\"", "/image_url", "format" },
        { "image_url", Gif, "/image_url", "format" },
        { "resolution", "\"1920x1080\"", "/resolution", "one_of" },
        { "resolution", "720", "/resolution", "type" },
        { "num_inference_steps", "0", "/num_inference_steps", "range" },
        { "num_inference_steps", "51", "/num_inference_steps", "range" },
        { "num_inference_steps", "30.5", "/num_inference_steps", "range" },
        { "num_inference_steps", "\"30\"", "/num_inference_steps", "type" },
        { "seed", "9007199254740992", "/seed", "range" },
        { "seed", "true", "/seed", "type" },
        { "negative_prompt", Quoted(new string('x', 2001)), "/negative_prompt", "length" },
        { "audio_negative_prompt", "{}", "/audio_negative_prompt", "type" },
        { "user", Quoted(new string('x', 257)), "/user", "length" },
        { "webhook_url", "\"http://example.com/hook\"", "/webhook_url", "url" },
        { "webhook_url", "\"https://10.0.0.1/hook\"", "/webhook_url", "url" },
        { "webhook_url", "\"https://me:word@hooks.example.org/hook\"", "/webhook_url", "url" },
        { "webhook_url", "\"not a url\"", "/webhook_url", "url" },
        { "fal_options", "\"x\"", "/fal_options", "type" },
        { "fal_options", "{\"fal_webhook\":\"https://example.com\"}", "/fal_options/fal_webhook", "option" },
        { "fal_options", "{\"priority\":\"urgent\"}", "/fal_options/priority", "option" },
        { "fal_options", Nested(60), "/fal_options/a", "option" },
        { "duration_seconds", "10", "/duration_seconds", "not_offered" },
        { "promt", "\"a cat\"", "/promt", "unknown_field" },
        { "~/", "1", "/~0~1", "unknown_field" },
    };

    [Theory]
    [MemberData(nameof(WrongMembers))]
    public async Task WrongMember_IsNamed_AndNothingIsCharged(string member, string? value, string where, string code)
    {
        var body = Body();
        if (value is null) body.Remove(member);
        else body[member] = "\u0001";
        var text = value is null ? body.ToJsonString() : body.ToJsonString().Replace("\"\\u0001\"", value, StringComparison.Ordinal);
        var payer = await NewPayerAsync();
        var signed = payer.Sign(await Shop.QuoteAsync());

        var unpaid = await Shop.OrderAsync(text);
        var paid = await Shop.OrderAsync(text, Shop.Pay(await Shop.QuoteAsync(), signed));
        var byKey = await Shop.OrderAsync(text, Shop.Key(GatewaySettings.ApiKey, Prompt.Replace(' ', '-')));

        Assert.Equal([402, 422, 422], new[] { unpaid, paid, byKey }.Select(answer => answer.Status));
        Assert.Equal((where, code), (unpaid.Text("validation.0.pointer"), unpaid.Text("validation.0.code")));
        foreach (var answer in new[] { paid, byKey })
        {
            Assert.Equal("application/problem+json", answer.Header("Content-Type"));
            Assert.Equal(1, answer.Json.Count("errors"));
            Assert.Equal((where, code), (answer.Text("errors.0.pointer"), answer.Text("errors.0.code")));
            Assert.False(string.IsNullOrWhiteSpace(answer.Text("errors.0.detail")));
        }

        Assert.Equal(("resign", "unused"), (paid.Text("retry_action"), paid.Text("payment_state")));
        await AssertUntouchedAsync(payer, signed);
    }

    [Theory]
    [InlineData("")]
    [InlineData("nonsense")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("\"text\"")]
    [InlineData("{\"prompt\":\"a\",\"prompt\":\"b\"}")]
    [InlineData("{\"prompt\":\"a\"} {}")]
    [InlineData("{\"prompt\":\"a\",}")]
    [InlineData("{\"prompt\":\"\\ud800\"}")]
    [InlineData("{/* a */\"prompt\":\"a\"}")]
    [InlineData("{\"num_inference_steps\":1e400}")]
    [InlineData(null)]
    public async Task BodyThatIsNoJsonObject_Is400_AndNothingIsCharged(string? body)
    {
        body ??= Nested(70);
        var payer = await NewPayerAsync();
        var signed = payer.Sign(await Shop.QuoteAsync());

        var unpaid = await Shop.OrderAsync(body);
        var paid = await Shop.OrderAsync(body, Shop.Pay(await Shop.QuoteAsync(), signed, X402Version.V1));
        var byKey = await Shop.OrderAsync(body, Shop.Key(GatewaySettings.ApiKey, Prompt.Replace(' ', '-')));

        Assert.Equal([402, 400, 400], new[] { unpaid, paid, byKey }.Select(answer => answer.Status));
        Assert.Equal(("resign", "unused"), (paid.Text("retry_action"), paid.Text("payment_state")));
        Assert.Equal(("invalid_json", "invalid_json"), (paid.Text("errors.0.code"), byKey.Text("errors.0.code")));
        await AssertUntouchedAsync(payer, signed);
    }

    [Fact]
    public async Task SeveralMistakes_AreAllNamed()
    {
        var answer = await Shop.OrderAsync("""{"promt":"a cat","num_inference_steps":99,"seed":"x"}""");

        Assert.Equal(
            ["/image_url", "/num_inference_steps", "/prompt", "/promt", "/seed"],
            answer.Json.GetProperty("validation").EnumerateArray().Select(problem => problem.Text("pointer")).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task RefusedPayment_IsStillGoodForAMendedRequest()
    {
        var payer = await NewPayerAsync();
        var signed = payer.Sign(await Shop.QuoteAsync());
        var wrong = Body();
        wrong["num_inference_steps"] = 99;
        Assert.Equal(422, (await PayAsync(signed, wrong)).Status);

        var ticket = Ticket.Of(await PayAsync(signed));

        Assert.Equal("succeeded", (await Shop.EndOfAsync(ticket)).Text("status"));
        Assert.Equal([Price], await payer.PaymentsAsync());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task BodyOverTheLimit_Is413_AndNothingIsCharged(bool lengthIsKnown)
    {
        var payer = await NewPayerAsync();
        var quote = await Shop.QuoteAsync();
        var signed = payer.Sign(quote);
        using var large = new MemoryStream(new byte[(14 * 1024 * 1024) + 1]);
        using HttpContent content = new StreamContent(large);
        if (!lengthIsKnown) content.Headers.ContentLength = null;

        var answer = await Shop.SendAsync(
            HttpMethod.Post, Shop.JobsPath, content, [Shop.Pay(quote, signed), .. lengthIsKnown ? [] : new[] { ("Transfer-Encoding", "chunked") }]);

        Assert.Equal((413, "unused"), (answer.Status, answer.Text("payment_state")));
        await AssertUntouchedAsync(payer, signed);
    }

    [Theory]
    [InlineData("missing.png", "unreachable")]
    [InlineData("page.png", "format")]
    [InlineData("inside.png", "url_refused")]
    public async Task ImageUrlThatGivesNoImage_Is422_AndNothingIsCharged(string image, string code)
    {
        var payer = await NewPayerAsync();
        var signed = payer.Sign(await Shop.QuoteAsync());
        var body = Body(webhook: true);
        body["image_url"] = new Uri(fixture.Images.Url, image).AbsoluteUri;

        var answer = await PayAsync(signed, body);
        var again = await PayAsync(signed, body);

        Assert.All([answer, again], refused =>
        {
            Assert.Equal((422, "resign", "unused"), (refused.Status, refused.Text("retry_action"), refused.Text("payment_state")));
            Assert.Equal(("/image_url", code), (refused.Text("errors.0.pointer"), refused.Text("errors.0.code")));
            Assert.Equal(("False", ""), (refused.Receipt(X402Version.V2)!.Value.GetProperty("success").ToString(), refused.Receipt(X402Version.V2)!.Value.Text("transaction")));
        });
        Assert.Equal(10 * Price, await payer.BalanceAsync());
        Assert.False(await payer.IsUsedAsync(signed));
        Assert.Equal(0, SubmitsAt(Stack.Fal));
        Assert.Equal("job.failed", Assert.Single(await HooksAsync(1)).Json().Text("type"));
    }

    [Theory]
    [InlineData("picture.png")]
    [InlineData("moved.png")]
    public async Task ImageUrlOfAPicture_IsFetchedByUsAndGivenToTheProviderAsOurOwnLink(string image)
    {
        var body = Body();
        body["image_url"] = new Uri(fixture.Images.Url, image).AbsoluteUri;

        var ticket = await OrderByKeyAsync(body);

        Assert.Equal("succeeded", (await Shop.EndOfAsync(ticket)).Text("status"));
        var submit = Assert.Single(Stack.Fal.SubmitsOf(Prompt)).Body!.Value;
        Assert.StartsWith($"{Gateway.Process.Url}v1/images/{ticket.Id}", submit.Text("image_url"), StringComparison.Ordinal);
    }

    private static string Quoted(string text) => $"\"{text}\"";

    /// <summary>Objects in objects.</summary>
    private static string Nested(int depth) => string.Concat(Enumerable.Repeat("{\"a\":", depth)) + "1" + new string('}', depth);
}
