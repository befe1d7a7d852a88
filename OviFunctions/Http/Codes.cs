using System.Text.Json;

namespace OviFunctions.Http;

/// <summary>Stable codes of the API from our enums: <c>TooLarge</c> is <c>too_large</c>.</summary>
internal static class Codes
{
    public static string Of<T>(T value) where T : struct, Enum => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());
}
