using System.Buffers;

namespace OviFunctions.Payments.Evm;

/// <summary><c>0x</c> text for bytes. The prefix is lower case and required, digits of either case are read.</summary>
internal static class Hex
{
    /// <summary>Reads exactly as many bytes as <paramref name="destination"/> holds.</summary>
    public static bool TryDecode(ReadOnlySpan<char> text, Span<byte> destination) =>
        text.StartsWith("0x", StringComparison.Ordinal) && text.Length == 2 + (2 * destination.Length)
        && Convert.FromHexString(text[2..], destination, out _, out _) == OperationStatus.Done;

    /// <summary>Reads any whole number of bytes; null when the text is something else.</summary>
    public static byte[]? Decode(ReadOnlySpan<char> text)
    {
        if (text.Length < 2 || text.Length % 2 != 0) return null;
        var bytes = new byte[(text.Length / 2) - 1];
        return TryDecode(text, bytes) ? bytes : null;
    }

    /// <summary>Lower-case digits behind <c>0x</c>.</summary>
    public static string Encode(ReadOnlySpan<byte> bytes) => "0x" + Convert.ToHexStringLower(bytes);
}
