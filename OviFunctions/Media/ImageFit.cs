using System.Text.Json.Serialization;

namespace OviFunctions.Media;

/// <summary>How an image of another shape than the video's is brought to it.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ImageFit>))]
public enum ImageFit
{
    /// <summary>It fills the frame; what is beyond the frame is cut off, equally at both sides.</summary>
    Crop,

    /// <summary>All of it is in the frame; what stays free is black.</summary>
    Pad,
}
