using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;

namespace OviFunctions.Payments.Evm;

/// <summary>32 bytes: a nonce, a hash, a log topic.</summary>
[JsonConverter(typeof(TextJsonConverter<Bytes32>))]
public readonly record struct Bytes32 : IParsable<Bytes32>
{
    /// <summary>Length in bytes.</summary>
    public const int Size = 32;

    private readonly UInt128 _head;
    private readonly UInt128 _tail;

    /// <param name="bytes">Exactly 32 bytes.</param>
    public Bytes32(ReadOnlySpan<byte> bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(bytes.Length, Size);
        _head = BinaryPrimitives.ReadUInt128BigEndian(bytes);
        _tail = BinaryPrimitives.ReadUInt128BigEndian(bytes[16..]);
    }

    /// <summary>The address left-padded with zeros, as an indexed log argument carries it.</summary>
    public static Bytes32 FromAddress(EvmAddress address)
    {
        Span<byte> bytes = stackalloc byte[Size];
        bytes.Clear();
        address.CopyTo(bytes[12..]);
        return new Bytes32(bytes);
    }

    /// <summary>Writes the 32 bytes.</summary>
    public void CopyTo(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt128BigEndian(destination, _head);
        BinaryPrimitives.WriteUInt128BigEndian(destination[16..], _tail);
    }

    /// <summary>Reads <c>0x</c> and exactly 64 hexadecimal digits of any case.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out Bytes32 value)
    {
        Span<byte> bytes = stackalloc byte[Size];
        var ok = Hex.TryDecode(text, bytes);
        value = ok ? new Bytes32(bytes) : default;
        return ok;
    }

    /// <inheritdoc cref="TryParse(string?, out Bytes32)"/>
    public static Bytes32 Parse(string text) =>
        TryParse(text, out var value) ? value : throw new FormatException("This takes 0x and 64 hexadecimal digits.");

    /// <summary><c>0x</c> and 64 lower-case digits.</summary>
    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[Size];
        CopyTo(bytes);
        return Hex.Encode(bytes);
    }

    static Bytes32 IParsable<Bytes32>.Parse(string s, IFormatProvider? provider) => Parse(s);

    static bool IParsable<Bytes32>.TryParse(string? s, IFormatProvider? provider, out Bytes32 result) => TryParse(s, out result);
}
