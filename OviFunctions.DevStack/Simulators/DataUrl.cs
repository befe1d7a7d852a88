namespace OviFunctions.DevStack.Simulators;

/// <summary>Files written out in an URL (RFC 2397), as images of a job may be.</summary>
internal static class DataUrl
{
    private const string Marker = ";base64,";

    /// <summary>The file; null when the URL is not one in Base64.</summary>
    public static byte[]? Decode(string url)
    {
        var marker = url.StartsWith("data:", StringComparison.OrdinalIgnoreCase) ? url.IndexOf(Marker, StringComparison.Ordinal) : -1;
        var bytes = new byte[url.Length];
        return marker > 0 && Convert.TryFromBase64String(url[(marker + Marker.Length)..], bytes, out var length) ? bytes[..length] : null;
    }
}
