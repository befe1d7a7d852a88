using OviFunctions.Admission;
using OviFunctions.Http;
using OviFunctions.Payments.Chain;
using OviFunctions.Payments.Evm;
using OviFunctions.Payments.Facilitators;
using OviFunctions.Payments.X402;
using OviFunctions.Tests.Payments;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Admission;

/// <summary>Payments that are not taken: nothing is written for them, and the cheap questions come first.</summary>
public sealed class PaymentRefusalTests
{
    private readonly Shop _shop = new();

    [Theory]
    [InlineData("", "payment_header_not_base64")]
    [InlineData("!!!", "payment_header_not_base64")]
    [InlineData("bm90IGpzb24=", "payment_header_not_json")]
    [InlineData("e30=", "payment_malformed")] // {}
    public async Task AdmitAsync_HeaderThatCannotBeRead_Is400(string header, string code)
    {
        AssertUnused(400, code, await _shop.RefusedAsync(header));
        AssertNobodyWasAsked();
    }

    [Fact]
    public async Task AdmitAsync_OtherNetwork_Is402()
    {
        AssertUnused(402, "payment_network_mismatch", await _shop.RefusedAsync(_shop.Pay(edit: p => p["accepted"]!["network"] = "eip155:84532")));
        AssertNobodyWasAsked();
    }

    [Theory]
    [InlineData("""{"image_url":"https://example.com/dog.jpg"}""", 422)]
    [InlineData("""{"prompt":1}""", 422)]
    [InlineData("""{"prompt":"x" """, 400)]
    [InlineData("[]", 400)]
    [InlineData("", 400)]
    public async Task AdmitAsync_OrderThatCannotBeCarriedOut_IsUncharged(string body, int status)
    {
        var problem = await _shop.RefusedAsync(_shop.Pay(), body);

        AssertUnused(status, "invalid_request", problem);
        Assert.NotEmpty(problem.Errors!);
        AssertNobodyWasAsked();
    }

    public static TheoryData<string, string> WrongPayments => new()
    {
        { "amount", "payment_amount_mismatch" },
        { "recipient", "payment_recipient_mismatch" },
        { "expired", "payment_window_too_short" },
        { "long", "payment_window_too_long" },
        { "future", "payment_not_yet_valid" },
        { "signature", "payment_signature_invalid" },
        { "scheme", "payment_scheme_mismatch" },
        { "accepted", "payment_accepted_mismatch" },
    };

    [Theory]
    [MemberData(nameof(WrongPayments))]
    public async Task AdmitAsync_PaymentThatIsNotOurs_Is402WithoutAskingAnybody(string what, string code)
    {
        var now = (ulong)_shop.Clock.GetUtcNow().ToUnixTimeSeconds();
        var header = what switch
        {
            "amount" => _shop.Pay(change: t => t with { Value = 419_999 }),
            "recipient" => _shop.Pay(change: t => t with { To = Samples.Stranger.Address }),
            "expired" => _shop.Pay(change: t => t with { ValidBefore = now + 19 }),
            "long" => _shop.Pay(change: t => t with { ValidBefore = now + 661 }),
            "future" => _shop.Pay(change: t => t with { ValidAfter = now + 60 }),
            "signature" => _shop.Pay(edit: p => p["payload"]!["authorization"]!["from"] = Samples.Stranger.Address.ToString()),
            "scheme" => _shop.Pay(edit: p => p["accepted"]!["scheme"] = "upto"),
            _ => _shop.Pay(edit: p => p["accepted"]!["amount"] = "1"),
        };

        AssertUnused(402, code, await _shop.RefusedAsync(header));
        AssertNobodyWasAsked();
    }

    [Theory]
    [InlineData(nameof(IChainReader.BlockAsync))]
    [InlineData(nameof(IChainReader.AuthorizationUsedAsync))]
    [InlineData(nameof(IChainReader.BalanceAsync))]
    public async Task AdmitAsync_ChainCannotBeRead_Is503(string read)
    {
        _shop.Chain.Down.Add(read);

        var problem = await _shop.RefusedAsync(_shop.Pay());

        AssertUnused(503, "payments_unavailable", problem);
        Assert.Equal((RetryAction.RetrySamePayment, 5), (problem.RetryAction, problem.RetryAfterSeconds));
    }

    [Fact]
    public async Task AdmitAsync_NonceUsedBeforeOurClaim_Is409AndNeverTakenForPaid()
    {
        _shop.Chain.Used.Add(Samples.Nonce(1));

        var problem = await _shop.RefusedAsync(_shop.Pay());

        AssertUnused(409, "payment_already_used", problem);
        Assert.Equal(RetryAction.Resign, problem.RetryAction);
    }

    [Fact]
    public async Task AdmitAsync_FacilitatorSaysUsed_Is409()
    {
        _shop.Facilitator.Answer(new VerifyOutcome.Invalid("invalid_exact_evm_nonce_already_used", null));

        AssertUnused(409, "payment_already_used", await _shop.RefusedAsync(_shop.Pay()));
    }

    [Theory]
    [InlineData("invalid_exact_evm_payload_signature", "payment_refused_by_facilitator")]
    [InlineData("unspecified", "payment_refused_by_facilitator")]
    [InlineData("insufficient_funds", "payment_insufficient_balance")]
    public async Task AdmitAsync_FacilitatorSaysNo_Is402(string said, string code)
    {
        _shop.Facilitator.Answer(new VerifyOutcome.Invalid(said, null));

        var refused = Assert.IsType<AdmissionResult.Refused>(await _shop.AdmitAsync(_shop.Pay()));

        AssertUnused(402, code, refused.Problem);
        Assert.Equal((RetryAction.Resign, said), (refused.Problem.RetryAction, refused.X402Reason));
        Assert.Single(_shop.SecondFacilitator.Asked); // nobody contradicts
    }

    [Fact]
    public async Task AdmitAsync_NoFacilitatorAnswers_Is503()
    {
        _shop.Facilitator.Answer(new VerifyOutcome.Unreachable("down"));

        var problem = await _shop.RefusedAsync(_shop.Pay());

        AssertUnused(503, "payments_unavailable", problem);
        Assert.Equal((RetryAction.RetrySamePayment, 5), (problem.RetryAction, problem.RetryAfterSeconds));
        Assert.Single(_shop.SecondFacilitator.Asked);
    }

    [Fact]
    public async Task AdmitAsync_FirstFacilitatorIsDown_TheSecondOneDecides()
    {
        _shop.Facilitator.Answer(new VerifyOutcome.Unreachable("down"));
        _shop.SecondFacilitator.Answer(new VerifyOutcome.Valid(Samples.Buyer.Address));

        await _shop.AdmittedAsync(_shop.Pay());
    }

    [Fact]
    public async Task AdmitAsync_BalanceBelowThePrice_Is402UntilItIsFunded()
    {
        _shop.Chain.Balance = 419_999;

        var problem = await _shop.RefusedAsync(_shop.Pay());
        AssertUnused(402, "payment_insufficient_balance", problem);
        Assert.Equal(RetryAction.Resign, problem.RetryAction);

        _shop.Chain.Balance = 420_000;
        await _shop.AdmittedAsync(_shop.Pay());
    }

    [Fact]
    public async Task AdmitAsync_SmartWalletsSignature_IsTheFacilitatorsBusiness()
    {
        var header = _shop.Pay(signature: "0x" + new string('a', 200));

        _shop.Facilitator.Answer(new VerifyOutcome.Invalid("invalid_exact_evm_payload_signature", null));
        AssertUnused(402, "payment_refused_by_facilitator", await _shop.RefusedAsync(header));

        _shop.Facilitator.Answer(new VerifyOutcome.Valid(Samples.Buyer.Address));
        await _shop.AdmittedAsync(header);
    }

    [Fact]
    public async Task AdmitAsync_Payment_IsVerifiedAgainstOurDemandAndNotTheClients()
    {
        await _shop.AdmittedAsync(_shop.Pay());

        var (authorization, requirement) = Assert.Single(_shop.Facilitator.Asked);
        Assert.Equal(new PaymentRequirement(EvmNetwork.Base, Samples.Merchant, 420_000, 600), requirement);
        Assert.Equal(Samples.Nonce(1), authorization.Transfer.Nonce);
    }

    private void AssertUnused(int status, string code, Problem problem)
    {
        Assert.Equal((status, code, PaymentState.Unused), (problem.Status, problem.Code, problem.PaymentState));
        Assert.NotNull(problem.RetryAction);
        Assert.Empty(_shop.Records.Names);
        Assert.Empty(_shop.Client.InstanceIds);
    }

    private void AssertNobodyWasAsked()
    {
        Assert.Equal(0, _shop.Chain.Calls);
        Assert.Empty(_shop.Facilitator.Asked);
    }
}
