namespace OviFunctions.Media;

/// <summary>
/// Recognises PNG, JPEG and WebP while the bytes pass by, reads their size, and sees whether they end too early.
/// It decodes no pixels and holds no more than a header.
/// </summary>
internal sealed class ImageSniffer : IContentProbe
{
    private readonly HeaderWalk _walk = new(ImageFormat.FirstHeader);
    private ImageFormat? _format;
    private ImageProblem? _problem;
    private long _bytes;

    /// <inheritdoc/>
    public bool Append(ReadOnlySpan<byte> chunk)
    {
        if (Problem is not null) return false;
        _bytes += chunk.Length;
        if (_bytes > ImageLimits.MaxBytes) _problem = TooLarge();
        while (Problem is null && _format is not { InScan: true } && _walk.TryFill(ref chunk)) Step();
        if (_format is { InScan: true }) _format.Scan(chunk);
        return Problem is null;
    }

    /// <summary>The verdict, when the last byte has passed: the image without a place, or what is wrong with it.</summary>
    public (ImageFormat? Image, ImageProblem? Problem) Complete()
    {
        if (Problem is { } problem) return (null, problem);
        if (_format is null) return (null, NotAnImage(_walk.Header));
        if (_format.IsWhole(_bytes)) return (_format, null);
        return (null, new ImageProblem(ImageFault.Truncated, $"the image ends too early, after {_bytes} bytes; send the whole file"));
    }

    public static ImageProblem TooLarge() =>
        new(ImageFault.TooLarge, $"the image is larger than {ImageLimits.MaxBytes} bytes (10 MiB); send a smaller one");

    private ImageProblem? Problem => _problem ?? _format?.Problem;

    private void Step()
    {
        if (_format is null)
        {
            _format = ImageFormat.Recognise(_walk.Header);
            if (_format is null) _problem = NotAnImage(_walk.Header);
        }
        else
        {
            _format.Step(_walk);
        }
    }

    private static ImageProblem NotAnImage(ReadOnlySpan<byte> head) =>
        new(ImageFault.Format, $"the image is {FileKind.Name(head)}; send PNG, JPEG or WebP");
}
