using System.Text;
using OviFunctions.Admission;
using OviFunctions.Http;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Admission;

/// <summary>Bodies of orders, written by strangers.</summary>
public sealed class OrderRequestTests
{
    private readonly Shop _shop = new();

    [Fact]
    public void Read_Order_HasItsFingerprint()
    {
        var order = Read(Shop.Body, "order-1");

        Assert.Null(order.Invalid);
        Assert.StartsWith("v1:", order.Fingerprint, StringComparison.Ordinal);
        Assert.Equal("order-1", order.IdempotencyKey);
        Assert.Equal("A dog barks", order.Order.Request!.Prompt);
        Assert.NotEqual(order.Fingerprint, Read(Shop.OtherBody).Fingerprint);
    }

    [Theory]
    [InlineData("", "is empty")]
    [InlineData("   ", "JSON")]
    [InlineData("{", "JSON")]
    [InlineData("""{"prompt":"x"} {}""", "JSON")]
    [InlineData("""{"prompt":"x","prompt":"y"}""", "duplicate")] // two readers could see two prompts
    [InlineData("""{"prompt":"x","pro\u006dpt":"y"}""", "duplicate")]
    [InlineData("""{"prompt":"x",}""", "JSON")]
    [InlineData("// comment\n{}", "JSON")]
    [InlineData("""{"prompt":"\ud83d"}""", "surrogate")]
    [InlineData("""{"seed":1e999}""", "double")]
    [InlineData("[]", "not an object")]
    [InlineData("null", "not an object")]
    [InlineData("\"prompt\"", "not an object")]
    [InlineData("7", "not an object")]
    public void Read_BodyThatIsNoOrder_Is400(string body, string expected)
    {
        var invalid = Read(body).Invalid!;

        Assert.Equal((400, PaymentState.Unused), (invalid.Status, invalid.PaymentState));
        var problem = Assert.Single(invalid.Errors!);
        Assert.Equal(("", "invalid_json"), (problem.Where, problem.Code));
        Assert.Contains(expected, problem.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_BodyThatIsNoUtf8_Is400()
    {
        byte[] body = [.. """{"prompt":"""u8, (byte)'"', 0xC3, 0x28, (byte)'"', (byte)'}'];

        Assert.Equal(400, OrderRequest.Read(_shop.Model, body, null, _shop.Limits.Of(new HttpExchange().Context)).Invalid!.Status);
    }

    [Theory]
    [InlineData(15)]
    [InlineData(17)]
    [InlineData(60)]
    public void Read_DeepBody_IsAWrongFieldAndNoCrash(int depth)
    {
        var invalid = Read($$"""{"prompt":"x","image_url":"https://example.com/a.jpg","deep":{{new string('[', depth)}}{{new string(']', depth)}}}""").Invalid!;

        Assert.Equal((422, "/deep"), (invalid.Status, Assert.Single(invalid.Errors!).Where));
    }

    [Theory]
    [InlineData(65)]
    [InlineData(100_000)]
    public void Read_TooDeepBody_Is400(int depth) =>
        Assert.Equal(400, Read($$"""{"deep":{{new string('[', depth)}}{{new string(']', depth)}}}""").Invalid!.Status);

    [Fact]
    public void Read_AHundredThousandValues_Is400()
    {
        var invalid = Read($$"""{"a":[{{string.Join(",", Enumerable.Repeat("0", 100_000))}}]}""").Invalid!;

        Assert.Equal(400, invalid.Status);
        Assert.Contains("100000 values", Assert.Single(invalid.Errors!).Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void Invalid_WrongFields_Is422WithAllOfThem()
    {
        var invalid = Read("""{"resolution":"8k"}""").Invalid!;

        Assert.Equal((422, "invalid_request", RetryAction.Resign), (invalid.Status, invalid.Code, invalid.RetryAction));
        Assert.Equal(["/prompt", "/resolution", "/image_url"], invalid.Errors!.Select(e => e.Where));
    }

    [Fact]
    public void Read_WrongFields_StillHasItsFingerprint() => Assert.NotNull(Read("""{"resolution":"8k"}""").Fingerprint);

    private OrderRequest Read(string body, string? key = null) => _shop.Order(body, key);
}
