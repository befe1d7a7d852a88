using OviFunctions.Media;

namespace OviFunctions.Jobs;

/// <summary>
/// A seller's own look at an order, before it is paid: register an implementation in the services
/// (<c>services.AddSingleton&lt;IOrderModeration, Yours&gt;()</c>). Without one, everything is allowed.
/// </summary>
/// <remarks>
/// It is asked when the image is in our storage, not at admission: prompt and image can be judged together, a slow judge does not
/// hold up the buyer's request, and the verdict is kept with the job, so that a crash does not ask again. What it refuses ends as
/// unpaid with 422 <c>content_refused</c>; the image stays in storage for the operator.
/// </remarks>
public interface IOrderModeration
{
    /// <summary>Judges an order. It may be asked again about the same job, when its answer was lost.</summary>
    /// <param name="order">The order: prompt, parameters, who buys.</param>
    /// <param name="image">The image; the bytes are fetched when they are read. Null for an order without one.</param>
    /// <param name="cancellationToken">Ends the look.</param>
    /// <returns>What the buyer is told, at most 400 characters of it; null when the order may be carried out. What it throws is tried again, and fails the job unpaid when it goes on.</returns>
    Task<string?> RefuseAsync(VideoJobInput order, ImageContent? image, CancellationToken cancellationToken);
}
