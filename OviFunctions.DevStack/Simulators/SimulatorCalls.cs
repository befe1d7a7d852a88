using System.Text.Json;

namespace OviFunctions.DevStack.Simulators;

/// <summary>What a caller did.</summary>
public enum SimulatorCallKind
{
    Submit,
    Status,
    Result,
    Cancel,
    Keys,
    Media,
    Upload,
    List,
    Delete,
}

/// <summary>One call to the simulator.</summary>
/// <param name="Kind">What it was.</param>
/// <param name="RequestId">The job; null for a submit that was not taken, and for keys.</param>
/// <param name="Status">The answer; 0 when the connection was dropped.</param>
/// <param name="Path">Path and query.</param>
/// <param name="Headers">The request's headers, names in lower case.</param>
/// <param name="Body">The body of a submit.</param>
public sealed record SimulatorCall(
    SimulatorCallKind Kind,
    string? RequestId,
    int Status,
    string Path,
    IReadOnlyDictionary<string, string> Headers,
    JsonElement? Body = null);

/// <summary>One attempt to deliver a webhook.</summary>
/// <param name="RequestId">The job that ended.</param>
/// <param name="Url">Where it went.</param>
/// <param name="Attempt">From 1, for each copy of the webhook.</param>
/// <param name="Status">The receiver's answer; null when there was none.</param>
public sealed record SimulatorCallback(string RequestId, Uri Url, int Attempt, int? Status);
