using System.Text.Json;
using OviFunctions.Payments.Evm;

namespace OviFunctions.Payments.X402;

/// <summary>
/// Reads the fields of a payment with exact JSON types and keeps the first problem, so that the decoder reads
/// straight on and looks once at the end. Values read after a problem mean nothing.
/// </summary>
internal sealed class PaymentFields
{
    /// <summary>The first thing that was wrong.</summary>
    public PaymentProblem? Problem { get; private set; }

    /// <summary>A member that has to be an object; <paramref name="path"/> ends in its name.</summary>
    public JsonElement Object(JsonElement parent, string path) =>
        Member(parent, path) is { ValueKind: JsonValueKind.Object } member ? member : Wrong<JsonElement>(path, "a JSON object");

    /// <summary>A member that is an object or absent; absent gives an undefined element.</summary>
    public JsonElement OptionalObject(JsonElement parent, string path) =>
        Member(parent, path).ValueKind == JsonValueKind.Undefined ? default : Object(parent, path);

    public string Text(JsonElement parent, string path) =>
        StrictJson.Text(parent, NameOf(path)) ?? Wrong<string>(path, "a JSON string") ?? "";

    public string? OptionalText(JsonElement parent, string path) =>
        Member(parent, path).ValueKind == JsonValueKind.Undefined ? null : Text(parent, path);

    public EvmAddress Address(JsonElement parent, string path) =>
        EvmAddress.TryParse(StrictJson.Text(parent, NameOf(path)), out var address)
            ? address
            : Wrong<EvmAddress>(path, "a JSON string of 0x and 40 hexadecimal digits");

    public Bytes32 Bytes32(JsonElement parent, string path) =>
        Evm.Bytes32.TryParse(StrictJson.Text(parent, NameOf(path)), out var value)
            ? value
            : Wrong<Bytes32>(path, "a JSON string of 0x and 64 hexadecimal digits");

    public Uint256 Uint256(JsonElement parent, string path) =>
        Evm.Uint256.TryParse(StrictJson.Text(parent, NameOf(path)), out var value)
            ? value
            : Wrong<Uint256>(path, "a JSON string of decimal digits without sign or leading zeros, such as \"420000\", and fit 256 bits");

    public int Integer(JsonElement parent, string path) =>
        StrictJson.Integer(parent, NameOf(path)) ?? Wrong<int>(path, "a JSON integer");

    /// <summary>Whole bytes, at least one.</summary>
    public byte[] Bytes(JsonElement parent, string path) =>
        Hex.Decode(StrictJson.Text(parent, NameOf(path))) is { Length: > 0 } bytes
            ? bytes
            : Wrong<byte[]>(path, "a JSON string of 0x and an even number of hexadecimal digits, at least two") ?? [];

    /// <summary>Reports a field's value as wrong, unless something was wrong before.</summary>
    public T? Wrong<T>(string path, string right)
    {
        Problem ??= new PaymentProblem(PaymentProblemCodes.Malformed, $"The payment's {path} must be {right}.", "invalid_payload");
        return default;
    }

    private static JsonElement Member(JsonElement parent, string path) => StrictJson.Member(parent, NameOf(path));

    private static string NameOf(string path) => path[(path.LastIndexOf('.') + 1)..];
}
