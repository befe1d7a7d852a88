namespace OviFunctions.DevStack.Simulators.Fal;

/// <summary>Settings of a <see cref="FalSimulator"/>. fal gives new accounts a concurrency of 2 and others up to 40.</summary>
public sealed record FalSimulatorOptions() : SimulatorOptions("dev-key-id:dev-key-secret")
{
    /// <summary>The user id in the webhooks.</summary>
    public string UserId { get; init; } = "github|1234567";

    /// <summary>The app that exists: it makes videos of text; below it, <c>image-to-video</c> makes them of images.</summary>
    public string App { get; init; } = "fal-ai/ovi";
}
