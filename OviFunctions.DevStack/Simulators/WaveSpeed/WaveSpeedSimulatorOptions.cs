namespace OviFunctions.DevStack.Simulators.WaveSpeed;

/// <summary>Settings of a <see cref="WaveSpeedSimulator"/>. WaveSpeed gives accounts a concurrency of 2, then 300 and more.</summary>
public sealed record WaveSpeedSimulatorOptions() : SimulatorOptions("dev-wavespeed-key")
{
    /// <summary>What signs the webhooks.</summary>
    public string WebhookSecret { get; init; } = "whsec_ZGV2LXdhdmVzcGVlZC1zZWNyZXQ";
}
