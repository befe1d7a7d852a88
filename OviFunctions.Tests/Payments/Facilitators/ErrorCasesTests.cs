using System.Text.Json;
using OviFunctions.Payments.Facilitators;
using OviFunctions.Payments.X402;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Payments.Facilitators;

/// <summary>
/// The 101 error cases of the captures against Data/x402-captures/ours.txt: what our decoder and check make of the
/// case's header, and what we make of each answer that a facilitator gave in it. What the buyer is told is
/// <see cref="Admission.OrderErrorCasesTests"/>'s.
/// </summary>
public sealed class ErrorCasesTests
{
    public static TheoryData<string> Cases => [.. Captures.Errors.EnumerateObject().Select(error => error.Name)];

    [Fact]
    public void Table_OfOurAnswers_HasEveryCase()
    {
        Assert.Equal(101, Cases.Count);
        Assert.Equal(Captures.Errors.EnumerateObject().Select(error => error.Name), OurAnswers.Names);
        Assert.All(OurAnswers.Names, name => Assert.Equal(OurAnswers.Columns, OurAnswers.Of(name).Count));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Case_AsCaptured_IsAnsweredAsTheTableSays(string name)
    {
        var ours = CapturedCase.Versions(name).Select(version => CapturedCase.Header(name, version) is { } header ? Ours(version, header) : "-");
        var verify = await Task.WhenAll(CapturedAnswers.Verify(name).Select(VerifyAsync));
        var settle = await Task.WhenAll(CapturedAnswers.Settle(name).Select(SettleAsync));

        Assert.Equal(OurAnswers.Of(name).Take(3), [OurAnswers.Cell(ours), OurAnswers.Cell(verify), OurAnswers.Cell(settle)]);
    }

    // A facilitator's word is taken only after our own check, so its wrong yes has to meet our no.
    [Fact]
    public void Table_FacilitatorsThatSayYesToAWrongPayment_MeetOurNo()
    {
        string[] theyTake =
        [
            "validBefore_far_future_10y.v1", "amount_too_high.v1", "wrong_asset_in_accepted_v2.v2", "signature_high_s.v1", "value_json_number.v2",
        ];
        Assert.All(theyTake, name =>
        {
            Assert.Contains("valid", OurAnswers.Of(name)[1].Split(", "));
            Assert.NotEqual("ok", OurAnswers.Of(name)[0]);
        });
    }

    private static string Ours(X402Version version, string header) => PaymentHeader.Decode(version, header) switch
    {
        PaymentDecoding.Refused refused => $"400 {refused.Problem.Code}",
        PaymentDecoding.Decoded decoded => new RequirementCheck(new ManualTimeProvider(Samples.Now), TimeSpan.FromSeconds(20))
            .Check(decoded.Payment, Samples.Requirement)?.Code ?? "ok",
        _ => "",
    };

    private static async Task<string> VerifyAsync(JsonElement answer) =>
        await CapturedAnswers.Facilitator(answer).VerifyAsync(Samples.Authorization, Samples.Requirement, Samples.Ovi, CancellationToken.None) switch
        {
            VerifyOutcome.Valid => "valid",
            VerifyOutcome.Invalid invalid => invalid.Code,
            _ => "unreachable",
        };

    private static async Task<string> SettleAsync(JsonElement answer) =>
        await CapturedAnswers.Facilitator(answer).SettleAsync(Samples.Authorization, Samples.Requirement, Samples.Ovi, CancellationToken.None) switch
        {
            SettleOutcome.Settled => "settled",
            SettleOutcome.Pending => "pending",
            SettleOutcome.Refused refused => refused.Transaction is null ? refused.Code : $"{refused.Code} with a transaction",
            _ => "unknown",
        };
}
