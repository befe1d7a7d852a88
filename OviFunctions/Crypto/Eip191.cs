using System.Globalization;
using System.Text;

namespace OviFunctions.Crypto;

/// <summary>What a wallet signs when it is given a text (EIP-191, version 0x45; <c>personal_sign</c>).</summary>
public static class Eip191
{
    private static ReadOnlySpan<byte> Prefix => "\u0019Ethereum Signed Message:\n"u8;

    /// <summary>The 32-byte digest of a text; its length stands in it as decimal digits of the number of bytes.</summary>
    public static byte[] Digest(ReadOnlySpan<byte> text) =>
        Keccak256.Hash([.. Prefix, .. Encoding.ASCII.GetBytes(text.Length.ToString(CultureInfo.InvariantCulture)), .. text]);
}
