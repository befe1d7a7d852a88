using System.Globalization;
using System.Text.Json;

namespace OviFunctions.Jobs;

/// <summary>How long a video of Sora 2 is: one of a few lengths, and what becomes of another wish.</summary>
internal static class Sora2Length
{
    /// <summary>The lengths in seconds that can be had.</summary>
    public static readonly int[] All = [4, 8, 12, 16, 20];

    /// <summary>OpenAI's own default.</summary>
    public const int Default = 4;

    private const string Exact = "exact";
    private const string NearestUp = "nearest_up";

    /// <summary>Reads <c>seconds</c> and its alias <c>duration_seconds</c>, each a number or a numeric text, and <c>duration_policy</c>.</summary>
    /// <returns>The length; <see cref="Default"/> when there is a problem, which is reported.</returns>
    public static int Read(FieldReader fields)
    {
        var (seconds, duration) = (ReadSeconds(fields, "seconds"), ReadSeconds(fields, "duration_seconds"));
        var mayBeLonger = MayBeLonger(fields);
        if (seconds is not null && duration is not null && seconds != duration)
        {
            fields.Report("duration_seconds", "conflict",
                FormattableString.Invariant($"seconds is {seconds} and duration_seconds is {duration}; they are two names of one field: send one of them."));
            return Default;
        }

        if ((seconds ?? duration) is not { } wish) return Default;
        // The shortest that is long enough; 0 when none is.
        var length = Array.Find(All, length => length >= wish);
        if (length == wish || (mayBeLonger && length > 0)) return length;
        var field = seconds is null ? "duration_seconds" : "seconds";
        var longer = length == 0 ? "" : $", or \"duration_policy\": \"{NearestUp}\" for the next longer one, {length} seconds, at the price of {length} seconds";
        fields.Report(field, "not_offered", FormattableString.Invariant($"{field} is {wish}; the lengths are {string.Join(", ", All)} seconds. Send one of them{longer}."));
        return Default;
    }

    private static decimal? ReadSeconds(FieldReader fields, string field)
    {
        if (fields.Find(field) is not { } value) return null;
        decimal seconds = 0;
        if (value.ValueKind == JsonValueKind.Number) value.TryGetDecimal(out seconds);
        else if (value.ValueKind == JsonValueKind.String)
        {
            if (fields.Text(field, 1, 16) is not { } text) return null;
            // No sign, exponent, blank or thousands separator, as the schema's pattern has it.
            _ = decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out seconds);
        }

        if (seconds > 0) return seconds;
        fields.Report(field, "type", $"{field} should be a number of seconds above 0, or the same as a text, such as \"8\".");
        return null;
    }

    private static bool MayBeLonger(FieldReader fields)
    {
        switch (fields.Text("duration_policy", 1, 16))
        {
            case null or Exact: return false;
            case NearestUp: return true;
            default:
                fields.Report("duration_policy", "one_of", $"duration_policy should be {Exact} (the default) or {NearestUp}.");
                return false;
        }
    }
}
