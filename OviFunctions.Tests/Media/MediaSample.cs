namespace OviFunctions.Tests.Media;

/// <summary>The files of Data/media.</summary>
internal static class MediaSample
{
    public static byte[] Read(string name) => File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Data", "media", name));
}
