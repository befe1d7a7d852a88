namespace OviFunctions.Media;

/// <summary>Reads the headers of one image format, step by step.</summary>
internal abstract class ImageFormat(string mediaType)
{
    /// <summary>The most bytes that the first step of any format looks at; no image of the minimum size is shorter.</summary>
    public const int FirstHeader = 32;

    public string MediaType => mediaType;

    public int Width { get; protected set; }

    public int Height { get; protected set; }

    /// <summary>Set once the image is refused.</summary>
    public ImageProblem? Problem { get; protected set; }

    /// <summary>The rest of the file has no headers; it goes to <see cref="Scan"/>.</summary>
    public bool InScan { get; protected set; }

    /// <summary>Looks at the header that the walk stands on, and moves the walk on by at least a byte.</summary>
    public abstract void Step(HeaderWalk walk);

    /// <summary>Whether a file of so many bytes has its size and its end.</summary>
    public abstract bool IsWhole(long bytes);

    public virtual void Scan(ReadOnlySpan<byte> chunk) { }

    /// <summary>The format by its magic bytes; null for anything else.</summary>
    public static ImageFormat? Recognise(ReadOnlySpan<byte> head)
    {
        if (head.StartsWith(PngFormat.Signature)) return new PngFormat();
        if (head.StartsWith(JpegFormat.Signature)) return new JpegFormat();
        return head.StartsWith("RIFF"u8) && head[8..].StartsWith("WEBP"u8) ? new WebPFormat() : null;
    }

    protected void Malformed(string what) =>
        Problem = new ImageProblem(ImageFault.Malformed, $"{what}; send a PNG, JPEG or WebP that an image viewer opens");

    protected void Animated(string what) =>
        Problem = new ImageProblem(ImageFault.Animated, $"the image is {what}; send a still PNG, JPEG or WebP");

    protected void SetSize(long width, long height)
    {
        if (width < ImageLimits.MinSide || height < ImageLimits.MinSide)
        {
            Problem = new ImageProblem(
                ImageFault.TooSmall, $"the image is {width}x{height}; each side must have at least {ImageLimits.MinSide} pixels");
        }
        else if (width > ImageLimits.MaxPixels / height)
        {
            Problem = new ImageProblem(
                ImageFault.TooManyPixels,
                $"the image is {width}x{height}; at most {ImageLimits.MaxPixels / 1_000_000} megapixels are allowed");
        }
        else
        {
            (Width, Height) = ((int)width, (int)height);
        }
    }
}
