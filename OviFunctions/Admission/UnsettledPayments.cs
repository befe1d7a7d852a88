using Microsoft.DurableTask.Client;
using OviFunctions.Jobs;
using OviFunctions.Payments.Evm;

namespace OviFunctions.Admission;

/// <summary>A wallet's payments that were admitted and are not settled yet: one balance must not back many of them.</summary>
internal static class UnsettledPayments
{
    public const int MostPerPayer = 2;

    /// <summary>A wallet with more running jobs than this is not counted through; it has settled enough to be trusted with one more.</summary>
    private const int MostLookedAt = 100;

    /// <param name="client">The engine.</param>
    /// <param name="buyerPrefix">What the ids of the wallet's jobs begin with.</param>
    /// <param name="cancellationToken">Ends the query.</param>
    public static async Task<IReadOnlyList<TransferAuthorization>> OfBuyerAsync(DurableTaskClient client, string buyerPrefix, CancellationToken cancellationToken)
    {
        var query = new OrchestrationQuery
        {
            InstanceIdPrefix = buyerPrefix,
            Statuses = [OrchestrationRuntimeStatus.Pending, OrchestrationRuntimeStatus.Running],
            FetchInputsAndOutputs = true,
            PageSize = MostLookedAt,
        };
        var looked = 0;
        var unsettled = new List<TransferAuthorization>();
        await foreach (var instance in client.GetAllInstancesAsync(query).WithCancellation(cancellationToken))
        {
            if (++looked > MostLookedAt) break;
            var job = JobReader.View(instance);
            if (job.Input.Payment is not { } payment || job.Status.Money == MoneyState.Settled || job.Status.IsFinal) continue;
            unsettled.Add(payment.Authorization.Transfer);
        }

        return unsettled;
    }
}
