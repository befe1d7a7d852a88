namespace OviFunctions.DevStack.Simulators;

/// <summary>The size and length of a clip.</summary>
/// <param name="Width">Pixels; null when the image decides.</param>
/// <param name="Height">Pixels; null when the image decides.</param>
/// <param name="Frames">How many, at <see cref="FramesPerSecond"/>.</param>
internal sealed record ClipShape(int? Width, int? Height, int Frames)
{
    public const int FramesPerSecond = 24;

    // OVI makes 31 latent frames into 121 pictures.
    private const int OviFrames = 121;
    private const double OviSide = 720;
    private const int Grid = 32;

    /// <summary>What OVI's code makes of an image: its shape, on an area of 720 x 720, both sides multiples of 32.</summary>
    public static ClipShape LikeTheImage { get; } = new(null, null, OviFrames);

    public double Seconds => (double)Frames / FramesPerSecond;

    /// <summary>What OVI's code makes of an asked size: like of an image of that size, so that most sizes come out different.</summary>
    public static ClipShape OfOvi(int width, int height)
    {
        var aspect = Math.Sqrt((double)width / height);
        return new ClipShape(Snap(OviSide * aspect), Snap(OviSide / aspect), OviFrames);

        // Python rounds halves to even, so 720 becomes 704.
        static int Snap(double side) => Math.Max(Grid, (int)Math.Round(side / Grid, MidpointRounding.ToEven) * Grid);
    }

    /// <summary>Exactly that size and length.</summary>
    public static ClipShape Exactly(int width, int height, int seconds) => new(width, height, seconds * FramesPerSecond);
}
