using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json.Serialization;
using OviFunctions.Crypto;

namespace OviFunctions.Payments.Evm;

/// <summary>An Ethereum address: 20 bytes, equal by bytes whatever the case of its text.</summary>
[JsonConverter(typeof(TextJsonConverter<EvmAddress>))]
public readonly record struct EvmAddress : IParsable<EvmAddress>
{
    /// <summary>Length in bytes.</summary>
    public const int Size = 20;

    private readonly UInt128 _head;
    private readonly uint _tail;

    /// <param name="bytes">Exactly 20 bytes.</param>
    public EvmAddress(ReadOnlySpan<byte> bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(bytes.Length, Size);
        _head = BinaryPrimitives.ReadUInt128BigEndian(bytes);
        _tail = BinaryPrimitives.ReadUInt32BigEndian(bytes[16..]);
    }

    /// <summary>Writes the 20 bytes.</summary>
    public void CopyTo(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt128BigEndian(destination, _head);
        BinaryPrimitives.WriteUInt32BigEndian(destination[16..], _tail);
    }

    /// <summary>Reads <c>0x</c> and 40 hexadecimal digits of any case; a checksum in the case is not checked.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out EvmAddress address)
    {
        Span<byte> bytes = stackalloc byte[Size];
        var ok = Hex.TryDecode(text, bytes);
        address = ok ? new EvmAddress(bytes) : default;
        return ok;
    }

    /// <inheritdoc cref="TryParse(string?, out EvmAddress)"/>
    public static EvmAddress Parse(string text) =>
        TryParse(text, out var address) ? address : throw new FormatException("An address is 0x and 40 hexadecimal digits.");

    /// <summary><c>0x</c> and 40 lower-case digits.</summary>
    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[Size];
        CopyTo(bytes);
        return Hex.Encode(bytes);
    }

    /// <summary>The address with the mixed-case checksum of EIP-55.</summary>
    public string ToChecksumString()
    {
        var text = ToString().ToCharArray();
        var hash = Keccak256.Hash(Encoding.ASCII.GetBytes(text, 2, 40));
        for (var i = 0; i < 40; i++)
        {
            var nibble = i % 2 == 0 ? hash[i / 2] >> 4 : hash[i / 2] & 0xf;
            if (nibble >= 8) text[i + 2] = char.ToUpperInvariant(text[i + 2]);
        }
        return new string(text);
    }

    static EvmAddress IParsable<EvmAddress>.Parse(string s, IFormatProvider? provider) => Parse(s);

    static bool IParsable<EvmAddress>.TryParse(string? s, IFormatProvider? provider, out EvmAddress result) => TryParse(s, out result);
}
