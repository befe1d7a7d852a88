using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Numerics;
using System.Text.Json.Serialization;

namespace OviFunctions.Payments.Evm;

/// <summary>
/// A <c>uint256</c>: an amount in atomic units (USDC has 6 decimals, so 420000 is 0.42) or a time in Unix seconds.
/// Its text is canonical decimals: no sign, no leading zero, no exponent, at most 78 digits.
/// </summary>
[JsonConverter(typeof(TextJsonConverter<Uint256>))]
public readonly record struct Uint256 : IComparable<Uint256>, IParsable<Uint256>
{
    /// <summary>Length of the ABI encoding in bytes.</summary>
    public const int Size = 32;

    private const int MaxDigits = 78;

    /// <exception cref="OverflowException">The number is negative or needs more than 256 bits.</exception>
    public Uint256(BigInteger value)
    {
        if (!Fits(value)) throw new OverflowException("A uint256 lies between 0 and 2^256 - 1.");
        Value = value;
    }

    /// <summary>The number, for arithmetic.</summary>
    public BigInteger Value { get; }

    public static implicit operator Uint256(ulong value) => new(value);

    public static bool operator <(Uint256 left, Uint256 right) => left.Value < right.Value;

    public static bool operator >(Uint256 left, Uint256 right) => left.Value > right.Value;

    public static bool operator <=(Uint256 left, Uint256 right) => left.Value <= right.Value;

    public static bool operator >=(Uint256 left, Uint256 right) => left.Value >= right.Value;

    /// <summary>Reads the 32 bytes of an ABI word.</summary>
    public static Uint256 FromBigEndian(ReadOnlySpan<byte> word)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(word.Length, Size);
        return new Uint256(new BigInteger(word, isUnsigned: true, isBigEndian: true));
    }

    /// <summary>Writes the 32 bytes of the ABI word.</summary>
    public void WriteBigEndian(Span<byte> destination)
    {
        var length = Value.GetByteCount(isUnsigned: true);
        destination[..(Size - length)].Clear();
        Value.TryWriteBytes(destination[(Size - length)..], out _, isUnsigned: true, isBigEndian: true);
    }

    /// <summary>Reads canonical decimals only: one number has one text.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out Uint256 value)
    {
        value = default;
        if (text is null or "" or { Length: > MaxDigits } || (text[0] == '0' && text.Length > 1)) return false;
        if (text.AsSpan().ContainsAnyExceptInRange('0', '9')) return false;
        var number = BigInteger.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture);
        if (!Fits(number)) return false;
        value = new Uint256(number);
        return true;
    }

    /// <inheritdoc cref="TryParse(string?, out Uint256)"/>
    public static Uint256 Parse(string text) => TryParse(text, out var value)
        ? value
        : throw new FormatException("A uint256 is written in decimal digits without sign or leading zeros.");

    public int CompareTo(Uint256 other) => Value.CompareTo(other.Value);

    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);

    static Uint256 IParsable<Uint256>.Parse(string s, IFormatProvider? provider) => Parse(s);

    static bool IParsable<Uint256>.TryParse(string? s, IFormatProvider? provider, out Uint256 result) => TryParse(s, out result);

    private static bool Fits(BigInteger value) => value.Sign >= 0 && value.GetBitLength() <= 256;
}
