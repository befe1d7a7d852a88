using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Microsoft.DurableTask.Client;
using OviFunctions.Embedded.Engine;
using OviFunctions.Embedded.Store;

namespace OviFunctions.Tests.Orchestrations.Embedded;

/// <summary>One finished instance as the engine recorded it: a replay of its code has to ask for the same things and end the same way.</summary>
internal sealed record GoldenHistory(
    string Id, string Name, ParentLink? Parent, JsonNode? Input, IReadOnlyList<GoldenTurn> Turns, JsonNode? CustomStatus, JsonNode? Output)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter() },
    };

    public static GoldenHistory[] Read(string file) =>
        JsonSerializer.Deserialize<GoldenHistory[]>(File.ReadAllText(file), Json) ?? throw new InvalidDataException($"{file} is null.");

    public static void Write(string file, IEnumerable<GoldenHistory> histories) =>
        File.WriteAllText(file, JsonSerializer.Serialize(histories.ToArray(), Json) + "\n");

    public static JsonNode? Node(string? json) => json is null ? null : JsonNode.Parse(json);

    /// <summary>The instance as it was before its last turn.</summary>
    public InstanceRecord Instance() => new()
    {
        Key = 1,
        Id = Id,
        Name = Name,
        Status = OrchestrationRuntimeStatus.Running,
        CreatedAt = Turns[0].At,
        UpdatedAt = Turns[^1].At,
        Parent = Parent,
        Input = Input?.ToJsonString(),
    };
}

/// <summary>A turn with the payloads that the engine keeps apart.</summary>
internal sealed record GoldenTurn(DateTime At, IReadOnlyList<GoldenEvent> Inbound, IReadOnlyList<HistoryEvent> Actions)
{
    public static GoldenTurn From(Turn turn) => new(
        turn.At, [.. turn.Inbound.Select(e => new GoldenEvent(e with { PayloadId = null }, GoldenHistory.Node(e.Payload)))], turn.Actions);

    public Turn ToTurn() => new(At, [.. Inbound.Select(e => e.Event with { Payload = e.Payload?.ToJsonString() })], Actions);
}

internal sealed record GoldenEvent(HistoryEvent Event, JsonNode? Payload);
