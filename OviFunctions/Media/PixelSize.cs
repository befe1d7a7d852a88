using System.Globalization;

namespace OviFunctions.Media;

/// <summary>The size of a picture in pixels, written <c>WxH</c>.</summary>
public readonly record struct PixelSize(int Width, int Height)
{
    /// <summary>Width by height.</summary>
    public double Aspect => (double)Width / Height;

    /// <summary>The size with its sides exchanged.</summary>
    public PixelSize Turned => new(Height, Width);

    /// <exception cref="FormatException">The text is not <c>WxH</c>.</exception>
    public static PixelSize Parse(string text) =>
        text.Split('x') is [var width, var height]
            ? new(int.Parse(width, NumberStyles.None, CultureInfo.InvariantCulture), int.Parse(height, NumberStyles.None, CultureInfo.InvariantCulture))
            : throw new FormatException($"\"{text}\" is not a size as 992x512.");

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Width}x{Height}");
}
