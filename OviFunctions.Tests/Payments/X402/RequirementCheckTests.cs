using System.Numerics;
using System.Security.Cryptography;
using OviFunctions.Payments.Evm;
using OviFunctions.Payments.X402;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Payments.X402;

public sealed class RequirementCheckTests
{
    private static readonly Eip712Domain Usdc = EvmNetwork.Base.UsdcDomain;

    private readonly RequirementCheck _check = new(new ManualTimeProvider(Samples.Now), TimeSpan.FromSeconds(20));

    [Theory]
    [InlineData(X402Version.V1)]
    [InlineData(X402Version.V2)]
    public void Check_GenuinePayment_HasNoProblem(X402Version version) =>
        Assert.Null(_check.Check(Samples.Decoded(version), Samples.Requirement));

    [Theory]
    [InlineData(X402Version.V1, "eip155:8453")]
    [InlineData(X402Version.V1, "base-sepolia")]
    [InlineData(X402Version.V1, "atlantis")]
    [InlineData(X402Version.V2, "base")]
    [InlineData(X402Version.V2, "eip155:84532")]
    public void Check_OtherNetworkOrSpelling_IsNamed(X402Version version, string network) =>
        AssertProblem(PaymentProblemCodes.WrongNetwork, Samples.Decoded(version) with { Network = network });

    [Theory]
    [InlineData(X402Version.V1)]
    [InlineData(X402Version.V2)]
    public void Check_OtherScheme_IsNamed(X402Version version) =>
        AssertProblem(PaymentProblemCodes.WrongScheme, Samples.Decoded(version) with { Scheme = "upto" });

    [Fact]
    public void Check_OfferInOtherCaseOfAddresses_IsTheSame()
    {
        var payment = Samples.Payment(X402Version.V2);
        payment["accepted"]!["payTo"] = Samples.Merchant.ToString();
        payment["accepted"]!["asset"] = "0x" + EvmNetwork.Base.Usdc.ToString()[2..].ToUpperInvariant();
        var decoded = Assert.IsType<PaymentDecoding.Decoded>(PaymentHeader.Decode(X402Version.V2, Samples.Header(payment))).Payment;
        Assert.Null(_check.Check(decoded, Samples.Requirement));
    }

    [Fact]
    public void Check_OfferThatDiffersAnywhere_IsNamed()
    {
        var payment = Samples.Decoded(X402Version.V2);
        var offer = payment.Accepted!;
        AcceptedOffer[] others =
        [
            offer with { Amount = 49999 },
            offer with { Amount = 50001 },
            offer with { Asset = Samples.Merchant },
            offer with { PayTo = Samples.Buyer.Address },
            offer with { MaxTimeoutSeconds = 61 },
            offer with { TokenName = "USDC" },
            offer with { TokenName = null },
            offer with { TokenVersion = "1" },
            offer with { HasOtherMembers = true },
        ];
        Assert.All(others, other => AssertProblem(PaymentProblemCodes.WrongOffer, payment with { Accepted = other }));
    }

    [Theory]
    [InlineData("assetTransferMethod", true)]
    [InlineData("paymentFlow", false)]
    public void Check_OfferWithAMemberThatIsNotOurs_IsNamed(string name, bool inExtra)
    {
        var payment = Samples.Payment(X402Version.V2);
        (inExtra ? payment["accepted"]!["extra"]! : payment["accepted"]!)[name] = "x";
        var decoded = Assert.IsType<PaymentDecoding.Decoded>(PaymentHeader.Decode(X402Version.V2, Samples.Header(payment))).Payment;
        AssertProblem(PaymentProblemCodes.WrongOffer, decoded);
    }

    [Fact]
    public void Check_OtherRecipient_IsNamed() =>
        AssertProblem(PaymentProblemCodes.WrongRecipient, Signed(Samples.Transfer with { To = Samples.Stranger.Address }));

    [Theory]
    [InlineData(49999)]
    [InlineData(50001)]
    [InlineData(0)]
    public void Check_OtherAmount_IsNamed(ulong value) =>
        AssertProblem(PaymentProblemCodes.WrongAmount, Signed(Samples.Transfer with { Value = value }));

    [Theory]
    [InlineData(-1000, PaymentProblemCodes.Expired)]
    [InlineData(0, PaymentProblemCodes.Expired)]
    [InlineData(19, PaymentProblemCodes.Expired)]
    [InlineData(20, null)]
    [InlineData(120, null)]
    [InlineData(121, PaymentProblemCodes.TooLongLived)]
    public void Check_ValidBefore_HasToLieInTheWindow(int seconds, string? code) =>
        AssertProblem(code, Signed(Samples.Transfer with { ValidBefore = Samples.NowSeconds + (ulong)seconds }));

    [Fact]
    public void Check_ValidBeforeAsFarAsItGoes_IsNamed() =>
        AssertProblem(PaymentProblemCodes.TooLongLived,
            Signed(Samples.Transfer with { ValidBefore = new Uint256(BigInteger.Pow(2, 256) - 1) }));

    [Theory]
    [InlineData(-1_000_000, null)]
    [InlineData(5, null)]
    [InlineData(6, PaymentProblemCodes.NotYetValid)]
    public void Check_ValidAfter_MayNotLieAhead(int seconds, string? code) =>
        AssertProblem(code, Signed(Samples.Transfer with { ValidAfter = Samples.NowSeconds + (ulong)seconds }));

    [Fact]
    public void Check_SignatureOfSomebodyElse_IsNamed()
    {
        var signature = Samples.Stranger.Sign(Samples.Transfer with { From = Samples.Stranger.Address }, Usdc).Signature;
        AssertProblem(PaymentProblemCodes.WrongSignature, Of(new SignedAuthorization(Samples.Transfer, signature)));
    }

    [Fact]
    public void Check_SignatureForAnotherTokenChainOrDomain_IsNamed()
    {
        Eip712Domain[] others =
        [
            Usdc with { Name = "USDC" },
            Usdc with { Version = "1" },
            Usdc with { ChainId = 1 },
            Usdc with { VerifyingContract = Samples.Merchant },
        ];
        Assert.All(others, other => AssertProblem(PaymentProblemCodes.WrongSignature, Of(Samples.Buyer.Sign(Samples.Transfer, other))));
    }

    [Fact]
    public void Check_HighS_IsNamedAlthoughItRecovers()
    {
        var check = new RequirementCheck(
            new ManualTimeProvider(DateTimeOffset.FromUnixTimeSeconds(1795169571 - 60)), TimeSpan.FromSeconds(20));
        var requirement = new PaymentRequirement(EvmNetwork.Base, Vectors.Authorization.To, 420000, 600);
        PaymentPayload Payment(string signature) =>
            new(X402Version.V1, "exact", "base", new SignedAuthorization(Vectors.Authorization, Vectors.Text(signature)));

        Assert.Null(check.Check(Payment("signature"), requirement));
        Assert.Equal(PaymentProblemCodes.WrongSignature, check.Check(Payment("signature_highS_mustReject"), requirement)?.Code);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(64)]
    [InlineData(66)]
    [InlineData(500)]
    public void Check_SignatureOfAnotherLength_IsLeftToTheFacilitator(int length) =>
        AssertProblem(null, Of(
            new SignedAuthorization(Samples.Transfer, "0x" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(length)))));

    private void AssertProblem(string? code, PaymentPayload payment) =>
        Assert.Equal(code, _check.Check(payment, Samples.Requirement)?.Code);

    private static PaymentPayload Signed(TransferAuthorization transfer) => Of(Samples.Buyer.Sign(transfer, Usdc));

    private static PaymentPayload Of(SignedAuthorization authorization) => Samples.Decoded(X402Version.V1, authorization);
}
