using System.Text.Json.Nodes;

namespace OviFunctions.DevStack.Simulators;

/// <summary>An answer of a simulated provider.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Body">The JSON.</param>
internal sealed record SimulatedAnswer(int Status, JsonObject Body)
{
    /// <summary>Headers of this answer.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();
}
