namespace OviFunctions.Media;

/// <summary>
/// The size in which OVI's own code makes the clip of an image, whatever was asked for: about 720 x 720 pixels in the image's shape, sides
/// multiples of 32 (character-ai/Ovi, <c>processing_utils.preprocess_image_tensor</c>). Providers are free to run something else.
/// </summary>
public static class OviClipSize
{
    private const int Multiple = 32;
    private const int Area = 720 * 720;

    /// <summary>Rows that are tried above and below the nearest one.</summary>
    private const int Reach = 3;

    /// <summary>The clip's size for an image of a size: of the candidates, the one whose area is nearest, then the one whose shape is.</summary>
    public static PixelSize Of(PixelSize image)
    {
        var nearest = Nearest(Math.Sqrt(Area / (Multiple * Multiple) / image.Aspect));
        var scale = Math.Sqrt(Area / ((double)image.Width * image.Height));
        return Enumerable.Range(-Reach, (2 * Reach) + 1)
            .Select(offset => Math.Max(1, nearest + offset))
            .Select(rows => Blocks(Nearest(rows * image.Aspect), rows))
            .Append(Blocks(Nearest(image.Width * scale / Multiple), Nearest(image.Height * scale / Multiple)))
            .MinBy(size => (Math.Abs((size.Width * size.Height) - Area), Math.Abs(size.Aspect - image.Aspect)));
    }

    private static PixelSize Blocks(int columns, int rows) => new(columns * Multiple, rows * Multiple);

    // Python rounds halves to the even number.
    private static int Nearest(double value) => Math.Max(1, (int)Math.Round(value, MidpointRounding.ToEven));
}
