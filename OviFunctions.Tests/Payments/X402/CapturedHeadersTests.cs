using System.Text.Json;
using OviFunctions.Payments.Evm;
using OviFunctions.Payments.X402;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Payments.X402;

/// <summary>Every payment header that the reference clients were seen to send.</summary>
public sealed class CapturedHeadersTests
{
    public static TheoryData<string, X402Version> Payments
    {
        get
        {
            var data = new TheoryData<string, X402Version>();
            foreach (var file in Captures.Files)
            {
                foreach (var version in new[] { X402Version.V1, X402Version.V2 })
                {
                    var headers = Requests(file).Select(request => Captures.Header(request, X402Headers.PaymentOf(version)));
                    if (headers.Any(header => header is not (null or "!!!"))) data.Add(file, version);
                }
            }
            return data;
        }
    }

    [Fact]
    public void Payments_InTheCaptures_AreFound() => Assert.Equal(9, Payments.Count);

    [Theory]
    [MemberData(nameof(Payments))]
    public void Decode_CapturedHeader_GivesWhatTheCaptureSays(string file, X402Version version)
    {
        foreach (var request in Requests(file))
        {
            var name = X402Headers.PaymentOf(version);
            var payment = Assert.IsType<PaymentDecoding.Decoded>(PaymentHeader.Decode(version, Captures.Header(request, name)!)).Payment;
            var said = request.GetProperty("decodedHeaders").GetProperty(name);
            var transfer = said.GetProperty("payload").GetProperty("authorization");
            Assert.Equal(transfer.GetProperty("from").GetString(), payment.Authorization.Transfer.From.ToChecksumString());
            Assert.Equal(transfer.GetProperty("value").GetString(), payment.Authorization.Transfer.Value.ToString());
            Assert.Equal(transfer.GetProperty("nonce").GetString(), payment.Authorization.Transfer.Nonce.ToString());
            Assert.Equal(said.GetProperty("payload").GetProperty("signature").GetString(), payment.Authorization.Signature);
            Assert.Equal(file.Contains("upfront", StringComparison.Ordinal), payment.PaymentIdentifier is not null);
        }
    }

    // At the time of the capture and for the captured price, our own check says what the reference peers said; only
    // the offers with paymentFlow are not ours.
    [Theory]
    [MemberData(nameof(Payments))]
    public void Check_CapturedHeader_AgreesWithTheReference(string file, X402Version version)
    {
        foreach (var request in Requests(file))
        {
            var payment = Assert.IsType<PaymentDecoding.Decoded>(
                PaymentHeader.Decode(version, Captures.Header(request, X402Headers.PaymentOf(version))!)).Payment;
            var then = DateTimeOffset.Parse("2026-11-20T10:03:18Z", System.Globalization.CultureInfo.InvariantCulture);
            if (file.Contains("upfront", StringComparison.Ordinal)) then += TimeSpan.FromMinutes(17);
            var check = new RequirementCheck(new ManualTimeProvider(then), TimeSpan.FromSeconds(20));
            var expected = file.Contains("expired", StringComparison.Ordinal) ? PaymentProblemCodes.Expired
                : file.Contains("upfront", StringComparison.Ordinal) ? PaymentProblemCodes.WrongOffer
                : null;
            Assert.Equal(expected, check.Check(payment, Samples.Requirement)?.Code);
        }
    }

    [Fact]
    public void Decode_CapturedMalformedHeaders_AreNotBase64()
    {
        foreach (var version in new[] { X402Version.V1, X402Version.V2 })
        {
            var file = $"v{(int)version}-err-malformed-402.json";
            var header = Captures.Header(Captures.Read(file).GetProperty("request"), X402Headers.PaymentOf(version))!;
            var refused = Assert.IsType<PaymentDecoding.Refused>(PaymentHeader.Decode(version, header));
            Assert.Equal(PaymentProblemCodes.NotBase64, refused.Problem.Code);
        }
    }

    private static IEnumerable<JsonElement> Requests(string file) =>
        Captures.Exchanges(file).Select(exchange => exchange.GetProperty("request"));
}
