using System.Buffers;
using System.Text;
using OviFunctions.Payments.Identity;

namespace OviFunctions.Tests.Payments.Identity;

public sealed class CanonicalJsonTests
{
    // RFC 8785 section 3.2.2, and the bytes of its canonical form from section 3.2.4.
    [Fact]
    public void TryWrite_SampleOfSection322_GivesTheBytesOfTheRfc()
    {
        const string input = """
            {
              "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
              "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
              "literals": [null, true, false]
            }
            """;
        const string expected =
            "7b226c69746572616c73223a5b6e756c6c2c747275652c66616c73655d2c226e756d62657273223a5b3333333333333333332e333333333333332c3165"
            + "2b33302c342e352c302e3030322c31652d32375d2c22737472696e67223a22e282ac245c75303030665c6e4127425c225c5c5c5c5c222f227d";
        Assert.Equal(expected, Convert.ToHexStringLower(Encoding.UTF8.GetBytes(Canonical(input))));
    }

    [Fact]
    public void TryWrite_SampleOfSection323_SortsByUtf16CodeUnits()
    {
        const string input = """
            {
              "\u20ac": "Euro Sign", "\r": "Carriage Return", "\ufb33": "Hebrew Letter Dalet With Dagesh", "1": "One",
              "\ud83d\ude00": "Emoji: Grinning Face", "\u0080": "Control", "\u00f6": "Latin Small Letter O With Diaeresis"
            }
            """;
        Assert.Equal(
            "{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\u0080\":\"Control\",\"ö\":\"Latin Small Letter O With Diaeresis\","
            + "\"€\":\"Euro Sign\",\"😀\":\"Emoji: Grinning Face\",\"\ufb33\":\"Hebrew Letter Dalet With Dagesh\"}",
            Canonical(input));
    }

    // RFC 8785 appendix B: the bits of a double and its text.
    [Theory]
    [InlineData("0000000000000000", "0")]
    [InlineData("8000000000000000", "0")]
    [InlineData("0000000000000001", "5e-324")]
    [InlineData("8000000000000001", "-5e-324")]
    [InlineData("7fefffffffffffff", "1.7976931348623157e+308")]
    [InlineData("ffefffffffffffff", "-1.7976931348623157e+308")]
    [InlineData("4340000000000000", "9007199254740992")]
    [InlineData("c340000000000000", "-9007199254740992")]
    [InlineData("4430000000000000", "295147905179352830000")]
    [InlineData("44b52d02c7e14af5", "9.999999999999997e+22")]
    [InlineData("44b52d02c7e14af6", "1e+23")]
    [InlineData("44b52d02c7e14af7", "1.0000000000000001e+23")]
    [InlineData("444b1ae4d6e2ef4e", "999999999999999700000")]
    [InlineData("444b1ae4d6e2ef4f", "999999999999999900000")]
    [InlineData("444b1ae4d6e2ef50", "1e+21")]
    [InlineData("3eb0c6f7a0b5ed8c", "9.999999999999997e-7")]
    [InlineData("3eb0c6f7a0b5ed8d", "0.000001")]
    [InlineData("41b3de4355555553", "333333333.3333332")]
    [InlineData("41b3de4355555554", "333333333.33333325")]
    [InlineData("41b3de4355555555", "333333333.3333333")]
    [InlineData("41b3de4355555556", "333333333.3333334")]
    [InlineData("41b3de4355555557", "333333333.33333343")]
    [InlineData("becbf647612f3696", "-0.0000033333333333333333")]
    [InlineData("43143ff3c1cb0959", "1424953923781206.2")]
    public void Format_DoubleOfAppendixB_GivesItsText(string bits, string expected) =>
        Assert.Equal(expected, CanonicalNumber.Format(BitConverter.UInt64BitsToDouble(Convert.ToUInt64(bits, 16))));

    [Theory]
    [InlineData("-0", "0")]
    [InlineData("-0.0e5", "0")]
    [InlineData("5", "5")]
    [InlineData("5.0", "5")]
    [InlineData("50e-1", "5")]
    [InlineData("100", "100")]
    [InlineData("1e20", "100000000000000000000")]
    [InlineData("9007199254740993", "9007199254740992")]
    [InlineData("1e-400", "0")]
    [InlineData(" [ ] ", "[]")]
    [InlineData(" { } ", "{}")]
    [InlineData("\"\\u0061\"", "\"a\"")]
    [InlineData("\"\\uD83D\\uDE00\\u000b\\t\\u0009\"", "\"😀\\u000b\\t\\t\"")]
    [InlineData("\"\\/\\b\\f\\n\\r\\\"\\\\\"", "\"/\\b\\f\\n\\r\\\"\\\\\"")]
    [InlineData("{\"b\":1,\"a\":{\"d\":[1,{\"y\":0,\"x\":0}],\"c\":null}}", "{\"a\":{\"c\":null,\"d\":[1,{\"x\":0,\"y\":0}]},\"b\":1}")]
    public void TryWrite_AnySpelling_GivesTheOneText(string input, string expected) => Assert.Equal(expected, Canonical(input));

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("{} {}")]
    [InlineData("{\"a\":1,}")]
    [InlineData("// no\n{}")]
    [InlineData("{\"a\":1,\"a\":1}")]
    [InlineData("{\"a\":1,\"\\u0061\":1}")]
    [InlineData("{\"x\":{\"a\":1,\"a\":2}}")]
    [InlineData("1e400")]
    [InlineData("-1e309")]
    [InlineData("NaN")]
    [InlineData("\"\\ud800\"")]
    [InlineData("\"\\ude00\\ud83d\"")]
    [InlineData("\"\\ud83d\\ud83d\"")]
    [InlineData("{\"\\ud800\":1}")]
    [InlineData("{\"\\ud800\":1,\"b\":2}")]
    [InlineData("\ufeff{}")]
    public void TryWrite_NoCanonicalForm_IsRefused(string input)
    {
        Assert.False(CanonicalJson.TryWrite(Encoding.UTF8.GetBytes(input), new ArrayBufferWriter<byte>(), out var problem));
        Assert.NotEmpty(problem);
    }

    [Fact]
    public void TryWrite_InvalidUtf8_IsRefused() =>
        Assert.False(CanonicalJson.TryWrite(new byte[] { (byte)'"', 0xc3, 0x28, (byte)'"' }, new ArrayBufferWriter<byte>(), out _));

    [Theory]
    [InlineData(64, true)]
    [InlineData(65, false)]
    public void TryWrite_Depth_IsBounded(int depth, bool expected)
    {
        var json = Encoding.ASCII.GetBytes(new string('[', depth) + new string(']', depth));
        Assert.Equal(expected, CanonicalJson.TryWrite(json, new ArrayBufferWriter<byte>(), out _));
    }

    [Fact]
    public void TryWrite_AMillionValues_IsRefusedBeforeItIsIndexed()
    {
        var json = Encoding.ASCII.GetBytes("[" + string.Join(',', Enumerable.Repeat("0", 1_000_000)) + "]");
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.False(CanonicalJson.TryWrite(json, new ArrayBufferWriter<byte>(), out _));
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 1_000_000);
    }

    private static string Canonical(string json)
    {
        var output = new ArrayBufferWriter<byte>();
        Assert.True(CanonicalJson.TryWrite(Encoding.UTF8.GetBytes(json), output, out var problem), problem);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }
}
