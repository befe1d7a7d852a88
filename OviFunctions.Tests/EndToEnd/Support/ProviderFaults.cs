using System.Text.Json;
using OviFunctions.DevStack;
using OviFunctions.DevStack.Simulators;

namespace OviFunctions.Tests.EndToEnd.Support;

/// <summary>A way in which providers misbehave with one job.</summary>
/// <param name="Name">Part of the prompt, so unique.</param>
/// <param name="First">What the first provider does.</param>
internal sealed record ProviderFault(string Name, SimulatorFault First)
{
    /// <summary>How many submits at the first provider it strikes.</summary>
    public int Times { get; init; } = int.MaxValue;

    /// <summary>What the second provider does: works, if not said otherwise.</summary>
    public SimulatorFault Second { get; init; } = new();

    public string Prompt => $"A harbour at night, {Name}.";
}

/// <summary>
/// Every fault switch of the simulated provider, each with a job of its own. The jobs run side by side, as they would in
/// production; each test then looks at one of them.
/// </summary>
public sealed class ProviderFaults : IAsyncLifetime
{
    private readonly GatewayFixture _gateway = new();
    private readonly Dictionary<string, Task<JsonElement>> _ends = [];

    internal TestGateway Gateway => _gateway.Gateway;

    internal static IReadOnlyList<ProviderFault> All { get; } =
    [
        .. SubmitFaults.Select(fault => new ProviderFault($"submit {fault}", new SimulatorFault { Submit = fault })),
        .. SubmitFaults.Select(fault => new ProviderFault($"submit {fault} once", new SimulatorFault { Submit = fault }) { Times = 1 }),
        .. SubmitFaults.Select(fault => new ProviderFault(
            $"submit {fault} and webhook lost", new SimulatorFault { Submit = fault, Webhook = WebhookFault.Lost }) { Times = 1 }),
        .. EndingOutcomes.Select(outcome => new ProviderFault($"outcome {outcome}", new SimulatorFault { Outcome = outcome })),
        .. EndingOutcomes.Select(outcome => new ProviderFault(
            $"outcome {outcome} twice", new SimulatorFault { Outcome = outcome }) { Second = new SimulatorFault { Outcome = outcome } }),
        .. ModelOutcomes.Select(outcome => new ProviderFault(
            $"outcome {outcome} hidden", new SimulatorFault { Outcome = outcome, StatusHidesError = true, Webhook = WebhookFault.Lost })),
        .. Each<WebhookFault>(fault => new($"webhook {fault}", new SimulatorFault { Webhook = fault })),
        .. Each<MediaFault>(fault => new($"media {fault}", new SimulatorFault { Media = fault })),
        .. Each<MediaFault>(fault => new($"media {fault} once", new SimulatorFault { Media = fault, MediaFailures = 1 })),
        new("reads fail", new SimulatorFault { StatusFailures = 2, ResultFailures = 2 }),
        new("policy and no runner", new SimulatorFault { Outcome = SimulatedOutcome.ContentPolicy })
        {
            Second = new SimulatorFault { Submit = SubmitFault.ServerError },
        },
    ];

    /// <summary>Those after which an account gets no jobs for a while have a gateway of their own: Providers/RotationTests.</summary>
    internal static IEnumerable<SubmitFault> SubmitFaults =>
        Enum.GetValues<SubmitFault>().Except([SubmitFault.Locked, SubmitFault.Unauthorized, SubmitFault.Gone, SubmitFault.RateLimited]);

    /// <summary>The outcomes with which a job ends by itself.</summary>
    internal static IEnumerable<SimulatedOutcome> EndingOutcomes =>
        Enum.GetValues<SimulatedOutcome>().Except(
        [
            SimulatedOutcome.Success, SimulatedOutcome.NeverFinishes, SimulatedOutcome.UnknownStatus,
            SimulatedOutcome.Deleted, SimulatedOutcome.Flagged, // not in fal's protocol
        ]);

    /// <summary>
    /// Those of the model. fal's own 5xx at the result URL, without a word in the status, is taken for a read that failed.
    /// </summary>
    internal static IEnumerable<SimulatedOutcome> ModelOutcomes => EndingOutcomes.Except([SimulatedOutcome.RunnerDisconnected]);

    public async Task InitializeAsync()
    {
        await _gateway.InitializeAsync();
        foreach (var fault in All)
        {
            Gateway.Stack.Fal.Faults.ForPrompt(fault.Prompt, fault.First, fault.Times);
            Gateway.Stack.SecondFal.Faults.ForPrompt(fault.Prompt, fault.Second);
            // Ordered one after another: seventy submits at one moment are a test of the machine, not of these faults.
            _ends[fault.Name] = Gateway.Shop.EndOfAsync(await OrderAsync(fault));
        }
    }

    public async Task DisposeAsync()
    {
        await ((Task)Task.WhenAll(_ends.Values)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _gateway.DisposeAsync();
    }

    /// <summary>The job of a fault at its end.</summary>
    internal Task<JsonElement> EndOfAsync(ProviderFault fault) => _ends[fault.Name];

    private static IEnumerable<ProviderFault> Each<T>(Func<T, ProviderFault> make) where T : struct, Enum =>
        Enum.GetValues<T>().Select(make);

    private async Task<Ticket> OrderAsync(ProviderFault fault) => Ticket.Of(await Gateway.Shop.OrderAsync(
        OrderBody.For(fault.Prompt).ToJsonString(), Shop.Key(GatewaySettings.ApiKey, fault.Name.Replace(' ', '-'))));
}
