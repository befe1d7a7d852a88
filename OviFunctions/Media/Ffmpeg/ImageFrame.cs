using System.Globalization;

namespace OviFunctions.Media.Ffmpeg;

/// <summary>
/// The filters that bring an image upright to exactly a size. The part that is used is cut out before it is scaled, and turned after
/// that, so that nothing ever gets larger than the image or the result, whatever the image's shape.
/// </summary>
internal static class ImageFrame
{
    /// <summary>The filter graph.</summary>
    /// <param name="image">The size as stored.</param>
    /// <param name="orientation">How it has to be turned, see <see cref="ExifOrientation"/>.</param>
    /// <param name="frame">The size that comes out.</param>
    /// <param name="fit">What happens with another shape.</param>
    public static string Filters(PixelSize image, int orientation, PixelSize frame, ImageFit fit)
    {
        var isTurned = orientation >= 5;
        var upright = isTurned ? image.Turned : image;
        var part = fit == ImageFit.Crop ? Largest(frame.Aspect, upright) : upright;
        var inner = fit == ImageFit.Crop ? frame : Largest(upright.Aspect, frame);
        var (cut, scaled) = isTurned ? (part.Turned, inner.Turned) : (part, inner);
        // Colours of transparent pixels must not bleed into the visible ones, so they are multiplied by the alpha before scaling. What is
        // transparent becomes white, as on a page.
        return string.Create(CultureInfo.InvariantCulture,
            $"color=c=white:s={inner}:r=1,format=gbrp[page];"
            + $"[0:v]crop={cut.Width}:{cut.Height}:exact=1,format=gbrap,premultiply=inplace=1,"
            + $"scale={scaled.Width}:{scaled.Height}:flags=lanczos+accurate_rnd+full_chroma_int,{Turn(orientation)}setsar=1[image];"
            + $"[page][image]overlay=format=gbrp:alpha=premultiplied:shortest=1,pad={frame.Width}:{frame.Height}:(ow-iw)/2:(oh-ih)/2:black,format=rgb24");
    }

    /// <summary>The largest size of a shape that fits into another size.</summary>
    private static PixelSize Largest(double aspect, PixelSize within) => aspect > within.Aspect
        ? new(within.Width, Math.Clamp((int)Math.Round(within.Width / aspect), 1, within.Height))
        : new(Math.Clamp((int)Math.Round(within.Height * aspect), 1, within.Width), within.Height);

    private static string Turn(int orientation) => orientation switch
    {
        2 => "hflip,",
        3 => "hflip,vflip,",
        4 => "vflip,",
        5 => "transpose=cclock_flip,",
        6 => "transpose=clock,",
        7 => "transpose=clock_flip,",
        8 => "transpose=cclock,",
        _ => "",
    };
}
