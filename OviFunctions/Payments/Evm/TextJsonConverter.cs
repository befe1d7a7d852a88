using System.Text.Json;
using System.Text.Json.Serialization;

namespace OviFunctions.Payments.Evm;

/// <summary>Stores a value as the JSON string that its <c>ToString</c> gives and its strict parser reads.</summary>
internal sealed class TextJsonConverter<T> : JsonConverter<T> where T : IParsable<T>
{
    public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String && T.TryParse(reader.GetString(), null, out var value)
            ? value
            : throw new JsonException($"This is not the text of a {typeof(T).Name}.");

    public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.ToString());
}
