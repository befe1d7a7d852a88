using OviFunctions.Admission;
using OviFunctions.Payments.X402;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Admission;

/// <summary>Exactly one way to pay.</summary>
public sealed class CredentialTests
{
    private const string V2 = "PAYMENT-SIGNATURE";
    private const string V1 = "X-PAYMENT";
    private const string Bearer = "Authorization";

    [Fact]
    public void Of_NoHeader_IsNone() => Assert.IsType<Credential.None>(Of());

    [Fact]
    public void Of_OnePaymentHeader_IsAPaymentOfItsVersion()
    {
        Assert.Equal(new Credential.Payment(X402Version.V2, "abc"), Of((V2, "abc")));
        Assert.Equal(new Credential.Payment(X402Version.V1, "abc"), Of((V1, "abc")));
        Assert.Equal(new Credential.Payment(X402Version.V2, "abc"), Of(("payment-signature", "abc")));
    }

    [Fact]
    public void Of_EmptyPaymentHeader_IsAPaymentThatCannotBeRead() => Assert.Equal(new Credential.Payment(X402Version.V2, ""), Of((V2, "")));

    [Fact]
    public void Of_Bearer_IsAnApiKey() => Assert.Equal(new Credential.ApiKey("ovi_1"), Of((Bearer, "Bearer ovi_1")));

    [Theory]
    [InlineData(V2, V1)]
    [InlineData(V2, V2)]
    [InlineData(V1, V1)]
    [InlineData(V2, Bearer)]
    [InlineData(V1, Bearer)]
    [InlineData(V2, V1, Bearer)]
    [InlineData(Bearer, Bearer)]
    public void Of_MoreThanOneWay_IsRefusedInsteadOfChosen(params string[] headers)
    {
        var ambiguous = Assert.IsType<Credential.Ambiguous>(Of([.. headers.Select(h => (h, h == Bearer ? "Bearer ovi_1" : "abc"))]));

        Assert.Equal((400, "one_way_to_pay"), (ambiguous.Problem.Status, ambiguous.Problem.Code));
    }

    [Theory]
    [InlineData("Basic b3ZpOng=")]
    [InlineData("ovi_1")]
    [InlineData("Bearer ")]
    public void Of_AuthorizationThatIsNoBearer_IsNamed(string header) =>
        Assert.Equal("no_bearer_token", Assert.IsType<Credential.Ambiguous>(Of((Bearer, header))).Problem.Code);

    [Fact]
    public void ToString_Secrets_AreNotPrinted()
    {
        Assert.Equal("ApiKey", new Credential.ApiKey("ovi_1").ToString());
        Assert.Equal("Payment", new Credential.Payment(X402Version.V2, "abc").ToString());
    }

    private static Credential Of(params (string Name, string Value)[] headers) => Credential.Of(new HttpExchange("POST", "/", headers).Request);
}
