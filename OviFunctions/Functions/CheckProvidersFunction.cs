using Microsoft.Azure.Functions.Worker;
using OviFunctions.Providers;
using OviFunctions.Providers.Health;

namespace OviFunctions.Functions;

/// <summary>
/// Brings accounts back into the rotation whose keys are taken again. Each is tried two minutes after it went out and then ever more
/// rarely, up to once an hour; one that the operator paused waits for him.
/// </summary>
public sealed class CheckProvidersFunction(ProviderCatalog providers, ProviderRotation rotation)
{
    [Function("CheckProviders")]
    public async Task RunAsync([TimerTrigger("20 * * * * *")] TimerInfo timer, CancellationToken cancellationToken)
    {
        foreach (var provider in providers.All) await rotation.CheckAsync(provider, cancellationToken);
    }
}
