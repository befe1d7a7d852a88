using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace OviFunctions.Payments.Identity;

/// <summary>
/// Numbers as ECMAScript writes them (RFC 8785 section 3.2.2.3; ECMA-262, Number::toString): the IEEE 754 double,
/// in the fewest digits that read back as the same double.
/// </summary>
internal static class CanonicalNumber
{
    /// <summary>Writes a JSON number; a problem when it is beyond a double.</summary>
    public static string? Write(JsonElement number, IBufferWriter<byte> output)
    {
        if (!number.TryGetDouble(out var value) || !double.IsFinite(value)) return "has a number beyond the range of a double";
        output.Write(Encoding.ASCII.GetBytes(Format(value)));
        return null;
    }

    /// <summary>The text of a finite double.</summary>
    internal static string Format(double value)
    {
        if (value == 0) return "0";
        // .NET finds the same digits and only sets point and exponent otherwise.
        var sign = value < 0 ? "-" : "";
        var parts = Math.Abs(value).ToString("R", CultureInfo.InvariantCulture).Split('E');
        var point = parts[0].IndexOf('.', StringComparison.Ordinal);
        var mantissa = parts[0].Replace(".", "", StringComparison.Ordinal);
        var digits = mantissa.TrimStart('0');

        // The value is 0.digits * 10^n.
        var n = (point < 0 ? mantissa.Length : point) - (mantissa.Length - digits.Length)
            + (parts.Length > 1 ? int.Parse(parts[1], CultureInfo.InvariantCulture) : 0);
        digits = digits.TrimEnd('0');
        if (n is > 0 and <= 21)
            return sign + (digits.Length <= n ? digits.PadRight(n, '0') : $"{digits[..n]}.{digits[n..]}");
        if (n is > -6 and <= 0) return $"{sign}0.{new string('0', -n)}{digits}";
        var fraction = digits.Length > 1 ? "." + digits[1..] : "";
        return string.Create(CultureInfo.InvariantCulture, $"{sign}{digits[0]}{fraction}e{(n > 0 ? "+" : "-")}{Math.Abs(n - 1)}");
    }
}
