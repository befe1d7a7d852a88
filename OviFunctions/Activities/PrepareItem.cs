using Microsoft.Azure.Functions.Worker;
using OviFunctions.Jobs.Batches;

namespace OviFunctions.Activities;

/// <summary>Brings the image of a batch's item into our storage, as <see cref="PrepareImage"/> does for a job.</summary>
public sealed class PrepareItem(BatchItems items, PrepareImage prepare)
{
    [Function(nameof(PrepareItem))]
    public async Task<PreparedImage> Run([ActivityTrigger] string itemId, CancellationToken cancellationToken) =>
        await prepare.Run(PrepareImageInput.From(await items.ReadOrderAsync(itemId, cancellationToken)), cancellationToken);
}
