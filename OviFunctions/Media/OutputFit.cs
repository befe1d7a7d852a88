using System.Text.Json.Serialization;

namespace OviFunctions.Media;

/// <summary>Which size the delivered video has.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<OutputFit>))]
public enum OutputFit
{
    /// <summary>Exactly the size asked for.</summary>
    Exact,

    /// <summary>The size in which the provider made it.</summary>
    Native,
}
