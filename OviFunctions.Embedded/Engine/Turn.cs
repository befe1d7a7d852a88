using System.Text.Json;
using System.Text.Json.Serialization;
using OviFunctions.Embedded.Store;

namespace OviFunctions.Embedded.Engine;

/// <summary>One episode in the history: when it began, what it was told, what its code asked for in answer.</summary>
internal sealed record Turn(DateTime At, IReadOnlyList<HistoryEvent> Inbound, IReadOnlyList<HistoryEvent> Actions)
{
    public byte[] Pack() => JsonSerializer.SerializeToUtf8Bytes(this, TurnJson.Default.Turn);

    /// <exception cref="JsonException">These are not the bytes of a turn.</exception>
    public static Turn Unpack(byte[] packed, IReadOnlyDictionary<long, string> payloads)
    {
        var turn = JsonSerializer.Deserialize(packed, TurnJson.Default.Turn) ?? throw new JsonException("A turn is null.");
        return turn with
        {
            Inbound = [.. turn.Inbound.Select(e => e.PayloadId is not { } id ? e
                : payloads.TryGetValue(id, out var payload) ? e with { Payload = payload }
                : throw new JsonException($"Payload {id} of a {e.Kind} event is missing."))],
        };
    }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault,
    UseStringEnumConverter = true)]
[JsonSerializable(typeof(Turn))]
[JsonSerializable(typeof(TaskFailure))]
[JsonSerializable(typeof(Microsoft.DurableTask.TaskFailureDetails))]
[JsonSerializable(typeof(IReadOnlyDictionary<string, string>))]
internal sealed partial class TurnJson : JsonSerializerContext;
