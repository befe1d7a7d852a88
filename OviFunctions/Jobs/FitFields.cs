using OviFunctions.Http;
using OviFunctions.Media;

namespace OviFunctions.Jobs;

/// <summary>The fields that say how image and video are brought to the asked size, and what is said where they cannot be.</summary>
internal static class FitFields
{
    /// <summary><c>image_fit</c>: <c>crop</c> or <c>pad</c>.</summary>
    public static ImageFit Image(FieldReader fields) => Choice<ImageFit>(fields, "image_fit");

    /// <summary><c>output_fit</c>: <c>exact</c> or <c>native</c>.</summary>
    public static OutputFit Output(FieldReader fields) => Choice<OutputFit>(fields, "output_fit");

    /// <summary>What a quote of OVI without ffmpeg has to say of any request.</summary>
    public const string NativeOnly =
        "This gateway makes no exact sizes: a clip keeps its image's shape at about 720x720 pixels, with sides that are multiples of 32. An image of 992x512 gives 992x512, one of 720x720 gives 704x704.";

    /// <summary>What a request to OVI gives where there is no ffmpeg.</summary>
    /// <param name="request">The request.</param>
    /// <param name="image">The image's size; null when it is not known before it is fetched.</param>
    /// <returns>Null when what was asked for comes out all the same.</returns>
    public static string? NativeSize(VideoRequest request, PixelSize? image) => image is { } size
        ? OviClipSize.Of(size).ToString() == request.Resolution ? null : $"This gateway makes no exact sizes: an image of {size} gives a clip of {OviClipSize.Of(size)}, whatever resolution is asked for ({request.Resolution})."
        : $"This gateway makes no exact sizes: the clip keeps the image's shape. An image of {request.Resolution} gives a clip of {OviClipSize.Of(PixelSize.Parse(request.Resolution))}; assets[].resolution has the real size.";

    private static T Choice<T>(FieldReader fields, string name) where T : struct, Enum
    {
        var text = fields.Text(name, 1, 20);
        foreach (var choice in Enum.GetValues<T>())
        {
            if (text is null || Codes.Of(choice) == text) return choice;
        }

        fields.Report(name, "one_of", $"{name} should be one of {string.Join(", ", Enum.GetValues<T>().Select(Codes.Of))}.");
        return default;
    }
}
