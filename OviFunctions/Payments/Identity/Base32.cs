namespace OviFunctions.Payments.Identity;

/// <summary>Base32 of RFC 4648 in lower case, without padding: fit for ids and blob names.</summary>
internal static class Base32
{
    private const string Alphabet = "abcdefghijklmnopqrstuvwxyz234567";

    /// <summary>The first <paramref name="length"/> digits of the encoding.</summary>
    public static string Encode(ReadOnlySpan<byte> bytes, int length)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, ((bytes.Length * 8) + 4) / 5);
        Span<char> digits = stackalloc char[length];
        for (var i = 0; i < length; i++)
        {
            var bit = i * 5;
            var next = (bit / 8) + 1 < bytes.Length ? bytes[(bit / 8) + 1] : 0;
            digits[i] = Alphabet[((bytes[bit / 8] << 8 | next) >> (11 - (bit % 8))) & 31];
        }
        return new string(digits);
    }
}
