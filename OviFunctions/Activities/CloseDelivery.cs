using Microsoft.Azure.Functions.Worker;
using OviFunctions.OnDelivery;
using OviFunctions.Payments.Evm;

namespace OviFunctions.Activities;

/// <param name="IsOwed">Whether its video was made and not paid.</param>
public sealed record CloseDeliveryInput(string JobId, EvmAddress Payer, bool IsOwed);

/// <summary>The end of a job that was to be settled on delivery: its value is free again, and who did not pay is remembered.</summary>
public sealed class CloseDelivery(Exposure exposure, Debtors debtors)
{
    [Function(nameof(CloseDelivery))]
    public async Task Run([ActivityTrigger] CloseDeliveryInput input, CancellationToken cancellationToken)
    {
        if (input.IsOwed) await debtors.AddAsync(input.Payer, input.JobId, cancellationToken);
        await exposure.RemoveAsync(input.JobId, cancellationToken);
    }
}
