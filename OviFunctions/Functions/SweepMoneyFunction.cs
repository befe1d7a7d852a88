using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using OviFunctions.Jobs;

namespace OviFunctions.Functions;

/// <summary>Sees to it every minute that no paid job and no late payment is forgotten.</summary>
public sealed class SweepMoneyFunction(MoneySweep sweep)
{
    [Function("SweepMoney")]
    public Task RunAsync(
        [TimerTrigger("30 * * * * *")] TimerInfo timer, [DurableClient] DurableTaskClient client, CancellationToken cancellationToken) =>
        sweep.RunAsync(client, cancellationToken);
}
