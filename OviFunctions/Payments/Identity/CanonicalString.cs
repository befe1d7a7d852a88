using System.Buffers;
using System.Globalization;
using System.Text;

namespace OviFunctions.Payments.Identity;

/// <summary>
/// Strings in the form of RFC 8785 section 3.2.2.2: <c>\" \\ \b \t \n \f \r</c> and <c>\u00xx</c> for the other
/// control characters, everything else as it is.
/// </summary>
internal static class CanonicalString
{
    /// <summary>Completes "the body ...".</summary>
    public const string LoneSurrogate = "has a string with half of a surrogate pair";

    private const byte Backslash = (byte)'\\';

    /// <summary>Rewrites a JSON string token that a JSON reader has accepted, or the inside of one.</summary>
    public static string? Write(ReadOnlySpan<byte> token, IBufferWriter<byte> output)
    {
        while (!token.IsEmpty)
        {
            // Without a backslash the content cannot differ from its canonical form.
            var run = token.IndexOf(Backslash);
            output.Write(run < 0 ? token : token[..run]);
            if (run < 0) break;
            token = token[run..];
            if (token[1] != 'u')
            {
                output.Write(token[1] == '/' ? token.Slice(1, 1) : token[..2]);
                token = token[2..];
            }
            else if (!TryReadRune(ref token, out var rune))
            {
                return LoneSurrogate;
            }
            else
            {
                WriteRune(rune, output);
            }
        }
        return null;
    }

    // \uXXXX, or two of them for a character outside the basic plane.
    private static bool TryReadRune(ref ReadOnlySpan<byte> token, out Rune rune)
    {
        var first = ReadUnit(ref token);
        if (Rune.TryCreate(first, out rune)) return true;
        return token.StartsWith("\\u"u8) && Rune.TryCreate(first, ReadUnit(ref token), out rune);
    }

    private static char ReadUnit(ref ReadOnlySpan<byte> token)
    {
        var unit = ushort.Parse(token.Slice(2, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        token = token[6..];
        return (char)unit;
    }

    private static void WriteRune(Rune rune, IBufferWriter<byte> output)
    {
        Span<byte> buffer = stackalloc byte[6];
        var text = rune.Value switch
        {
            '"' => "\\\""u8,
            '\\' => "\\\\"u8,
            '\b' => "\\b"u8,
            '\t' => "\\t"u8,
            '\n' => "\\n"u8,
            '\f' => "\\f"u8,
            '\r' => "\\r"u8,
            < 0x20 => buffer[..Encoding.ASCII.GetBytes($"\\u{rune.Value:x4}", buffer)],
            _ => buffer[..rune.EncodeToUtf8(buffer)],
        };
        output.Write(text);
    }
}
