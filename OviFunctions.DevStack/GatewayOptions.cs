using OviFunctions.DevStack.Processes;

namespace OviFunctions.DevStack;

/// <summary>A gateway on the stack.</summary>
/// <param name="Endpoints">Where it finds the parts: the stack's own, or with fault proxies between.</param>
internal sealed record GatewayOptions(StackEndpoints Endpoints)
{
    /// <summary>The port; null takes the stack's own.</summary>
    public int? Port { get; init; }

    /// <summary>Where it answers with 2xx when it can take orders.</summary>
    public const string Ready = "health/ready";

    /// <summary>What has to answer with 2xx before it counts as started.</summary>
    public string ReadyPath { get; init; } = Ready;

    /// <summary>More settings, or other values, by their environment names.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();

    /// <summary>What to start; null starts the gateway of this build.</summary>
    public ProcessSpec? Command { get; init; }
}
