using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using OviFunctions.Payments.Evm;
using OviFunctions.Payments.Identity;
using OviFunctions.Payments.X402;

namespace OviFunctions.Tests.Payments.Identity;

public sealed class PaymentIdentityTests
{
    private static readonly TransferAuthorization Transfer = Vectors.Authorization;

    [Fact]
    public void JobId_KnownPayment_IsHashedAsDocumented()
    {
        var chain = new byte[32];
        BinaryPrimitives.WriteUInt64BigEndian(chain.AsSpan(24), 8453);
        byte[] payer = Convert.FromHexString("f39Fd6e51aad88F6F4ce6aB8827279cffFb92266");
        byte[] asset = Convert.FromHexString("833589fCD6eDb6E08f4c7C32D4f71b54bdA02913");
        byte[] job = [.. Encoding.ASCII.GetBytes("ovi-job-v1"), .. chain, .. asset, .. payer, .. Enumerable.Repeat((byte)0xa1, 32)];
        byte[] wallet = [.. Encoding.ASCII.GetBytes("ovi-payer-v1"), .. payer];
        var expected = "job_" + SlowBase32(SHA256.HashData(wallet))[..10] + SlowBase32(SHA256.HashData(job))[..26];

        Assert.Equal(expected, PaymentIdentity.JobId(EvmNetwork.Base, Transfer.From, Transfer.Nonce));
        Assert.Matches("^job_[a-z2-7]{36}$", expected);
        Assert.StartsWith(PaymentIdentity.PayerPrefix(Transfer.From), expected, StringComparison.Ordinal);
        Assert.Equal("job_".Length + 10, PaymentIdentity.PayerPrefix(Transfer.From).Length);
    }

    [Fact]
    public void JobId_OtherChainPayerOrNonce_Differs()
    {
        var other = Bytes32.Parse("0x" + new string('b', 64));
        string[] ids =
        [
            PaymentIdentity.JobId(EvmNetwork.Base, Transfer.From, Transfer.Nonce),
            PaymentIdentity.JobId(EvmNetwork.BaseSepolia, Transfer.From, Transfer.Nonce),
            PaymentIdentity.JobId(EvmNetwork.Base, Transfer.To, Transfer.Nonce),
            PaymentIdentity.JobId(EvmNetwork.Base, Transfer.From, other),
        ];
        Assert.Equal(4, ids.Distinct().Count());
    }

    // One authorization in the spellings that a facilitator would take, and by both versions: one job.
    [Fact]
    public void JobId_SpellingsOfOnePayment_AreOneJob()
    {
        string[] headers =
        [
            Vectors.Text("v1_X_PAYMENT_header"),
            Respell("v1_X_PAYMENT_header", "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266", "0xF39FD6E51AAD88F6F4CE6AB8827279CFFFB92266"),
            Respell("v1_X_PAYMENT_header", "a1a1a1a1", "A1A1A1a1"),
            Respell("v1_X_PAYMENT_header", "\"base\"", "\"eip155:8453\""),
        ];
        var payments = headers.Select(header => PaymentHeader.Decode(X402Version.V1, header))
            .Append(PaymentHeader.Decode(X402Version.V2, Vectors.Text("v2_PAYMENT_SIGNATURE_header")))
            .Select(decoding => Assert.IsType<PaymentDecoding.Decoded>(decoding).Payment).ToList();

        Assert.Single(payments.Select(PaymentIdentity.JobId).Distinct());
        Assert.Single(payments.Select(payment => payment.Authorization.ContentHash()).Distinct());
    }

    [Fact]
    public void JobId_UnknownNetwork_IsNull()
    {
        var decoding = PaymentHeader.Decode(X402Version.V1, Respell("v1_X_PAYMENT_header", "\"base\"", "\"atlantis\""));
        Assert.Null(PaymentIdentity.JobId(Assert.IsType<PaymentDecoding.Decoded>(decoding).Payment));
    }

    private static string Respell(string vector, string from, string to)
    {
        var json = Encoding.UTF8.GetString(Convert.FromBase64String(Vectors.Text(vector)));
        Assert.Contains(from, json, StringComparison.Ordinal);
        return Convert.ToBase64String(Encoding.UTF8.GetBytes(json.Replace(from, to, StringComparison.Ordinal)));
    }

    private static string SlowBase32(byte[] bytes)
    {
        var bits = string.Concat(bytes.Select(b => Convert.ToString(b, 2).PadLeft(8, '0'))).PadRight((bytes.Length * 8 + 4) / 5 * 5, '0');
        return string.Concat(bits.Chunk(5).Select(chunk => "abcdefghijklmnopqrstuvwxyz234567"[Convert.ToInt32(new string(chunk), 2)]));
    }
}
