using OviFunctions.DevStack.Processes;

namespace OviFunctions.DevStack;

/// <summary>A gateway on the stack.</summary>
/// <param name="Endpoints">Where it finds the parts: the stack's own, or with fault proxies between.</param>
internal sealed record GatewayOptions(StackEndpoints Endpoints)
{
    /// <summary>The port; null takes the stack's own.</summary>
    public int? Port { get; init; }

    /// <summary>More settings, or other values, by their environment names.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();

    /// <summary>What to start; null starts the gateway of this build.</summary>
    public ProcessSpec? Command { get; init; }
}
