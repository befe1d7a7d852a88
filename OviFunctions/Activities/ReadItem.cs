using Microsoft.Azure.Functions.Worker;
using OviFunctions.Jobs;
using OviFunctions.Jobs.Batches;

namespace OviFunctions.Activities;

/// <summary>Reads what a batch's item is: the batch's input has no room for twenty of them.</summary>
public sealed class ReadItem(BatchItems items)
{
    [Function(nameof(ReadItem))]
    public Task<VideoJobInput> Run([ActivityTrigger] string itemId, CancellationToken cancellationToken) => items.ReadOrderAsync(itemId, cancellationToken);
}
