using System.Globalization;

namespace OviFunctions.Bench;

/// <summary>How the commands print lengths of files.</summary>
internal static class Megabytes
{
    public static string Of(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / (1024.0 * 1024):N1} MB");
}
