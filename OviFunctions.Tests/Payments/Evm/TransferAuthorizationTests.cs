using System.Text.Json;
using OviFunctions.Payments.Chain;
using OviFunctions.Payments.Evm;
using OviFunctions.Payments.X402;

namespace OviFunctions.Tests.Payments.Evm;

public sealed class TransferAuthorizationTests
{
    [Fact]
    public void Separator_UsdcOfBothNetworks_IsThatOfTheVectors()
    {
        Assert.Equal(Vectors.Bytes("domainSeparators.baseMainnet_USDCoin_2"), EvmNetwork.Base.UsdcDomain.Separator());
        Assert.Equal(Vectors.Bytes("domainSeparators.baseSepolia_USDC_2"), EvmNetwork.BaseSepolia.UsdcDomain.Separator());
    }

    [Fact]
    public void Digest_AuthorizationOfTheVectors_IsViems()
    {
        Assert.Equal(Vectors.Bytes("structHash"), Vectors.Authorization.StructHash());
        Assert.Equal(Vectors.Bytes("digest"), Vectors.Authorization.Digest(EvmNetwork.Base.UsdcDomain));
        Assert.Equal(Vectors.Bytes("wrongName_USDC_digest"),
            Vectors.Authorization.Digest(EvmNetwork.Base.UsdcDomain with { Name = "USDC" }));
    }

    [Fact]
    public void Sign_WithTheVectorsKey_GivesViemsSignature()
    {
        Assert.True(EvmSigner.TryParse("0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80", out var signer));
        Assert.Equal(Vectors.Text("signature"), signer.Sign(Vectors.Authorization, EvmNetwork.Base.UsdcDomain).Signature);
        Assert.DoesNotContain("ac0974", signer.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(
            "e0a30e", $"{Samples.Decoded(X402Version.V1, new(Vectors.Authorization, Vectors.Text("signature")))}",
                StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(
            () => signer.Sign(Vectors.Authorization with { From = Vectors.Authorization.To }, EvmNetwork.Base.UsdcDomain));
    }

    [Fact]
    public void Topics_OfTheTokensEvents_AreThoseOfTheVectors()
    {
        Assert.Equal(Vectors.Text("topics.Transfer"), TokenAbi.Transfer.ToString());
        Assert.Equal(Vectors.Text("topics.AuthorizationUsed"), TokenAbi.AuthorizationUsed.ToString());
        Assert.Equal(Vectors.Text("topics.AuthorizationCanceled"), TokenAbi.AuthorizationCanceled.ToString());
    }

    [Fact]
    public void Calls_OfTheTokensFunctions_BeginWithTheirSelectors()
    {
        Assert.Equal(
            Vectors.Text("selectors.authorizationState") + "000000000000000000000000f39fd6e51aad88f6f4ce6ab8827279cfffb92266"
                + Vectors.Authorization.Nonce.ToString()[2..],
            TokenAbi.AuthorizationStateCall(Vectors.Authorization.From, Vectors.Authorization.Nonce));
        Assert.Equal(
            Vectors.Text("selectors.balanceOf") + "000000000000000000000000f39fd6e51aad88f6f4ce6ab8827279cfffb92266",
            TokenAbi.BalanceOfCall(Vectors.Authorization.From));
    }

    [Fact]
    public void ContentHash_AnyFieldChanged_Differs()
    {
        var (transfer, signature) = (Vectors.Authorization, Vectors.Text("signature"));
        SignedAuthorization[] payments =
        [
            new(transfer, signature),
            new(transfer with { From = transfer.To }, signature),
            new(transfer with { To = transfer.From }, signature),
            new(transfer with { Value = 1 }, signature),
            new(transfer with { ValidAfter = 1 }, signature),
            new(transfer with { ValidBefore = 1 }, signature),
            new(transfer with { Nonce = default }, signature),
            new(transfer, Vectors.Text("signature_highS_mustReject")),
        ];
        Assert.Equal(payments.Length, payments.Select(payment => payment.ContentHash()).Distinct().Count());
    }

    [Fact]
    public void Json_WhatAnActivityGets_RoundTrips()
    {
        var signed = new SignedAuthorization(Vectors.Authorization, Vectors.Text("signature"));
        Assert.Equal(signed, JsonSerializer.Deserialize<SignedAuthorization>(JsonSerializer.Serialize(signed)));
        Assert.Equal(Samples.Requirement, JsonSerializer.Deserialize<PaymentRequirement>(JsonSerializer.Serialize(Samples.Requirement)));
        var payment = Samples.Decoded(X402Version.V2);
        var json = JsonSerializer.Serialize(payment, JsonSerializerOptions.Web);
        Assert.Equal(payment, JsonSerializer.Deserialize<PaymentPayload>(json, JsonSerializerOptions.Web));
    }

    [Theory]
    [InlineData("base", 8453)]
    [InlineData("eip155:8453", 8453)]
    [InlineData("base-sepolia", 84532)]
    [InlineData("eip155:84532", 84532)]
    public void TryParse_BothSpellings_NameTheNetwork(string text, ulong chainId)
    {
        Assert.True(EvmNetwork.TryParse(text, out var network));
        Assert.Equal(chainId, network.ChainId);
    }

    [Theory]
    [InlineData("Base")]
    [InlineData("8453")]
    [InlineData("eip155:08453")]
    [InlineData("eip155:1")]
    [InlineData(null)]
    public void TryParse_OtherText_IsNoNetwork(string? text) => Assert.False(EvmNetwork.TryParse(text, out _));
}
