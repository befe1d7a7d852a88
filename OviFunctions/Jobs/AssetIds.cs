namespace OviFunctions.Jobs;

/// <summary>The files of a finished job; each has links of its own.</summary>
internal static class AssetIds
{
    public const string Video = "video";
    public const string Original = "original";
    public const string Poster = "poster";

    public static readonly string[] All = [Video, Original, Poster];

    /// <summary>What chooses the file in the URL of the content; nothing for the video.</summary>
    public static string Query(string id) => id == Video ? "" : $"&asset={id}";
}
