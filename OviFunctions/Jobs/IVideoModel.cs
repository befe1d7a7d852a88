using System.Text.Json;
using OviFunctions.Http;
using OviFunctions.Media;
using OviFunctions.Payments.X402;
using OviFunctions.Providers;

namespace OviFunctions.Jobs;

/// <summary>Something that is sold: a model with its request, its price, and what its quote says.</summary>
public interface IVideoModel
{
    /// <summary>The model's name, for example <c>ovi/image-to-video</c>.</summary>
    string Name { get; }

    /// <summary>The name by which providers know it; another's for what is made of several videos.</summary>
    string ProviderModel => Name;

    /// <summary>The values of the field <c>model</c> of its own requests; none for a model whose requests have no such field.</summary>
    IReadOnlyList<string> Variants => [];

    /// <summary>The route that sells it, without a leading slash.</summary>
    string Route { get; }

    /// <summary>What its 402 says.</summary>
    PaidResource Resource { get; }

    /// <summary>What a quote without a request says beside the price.</summary>
    IReadOnlyList<string> Warnings => [];

    /// <summary>The price of a request in atomic units (USDC: a millionth).</summary>
    /// <param name="request">The request that is sent; null for the default request, when there is none or it has problems.</param>
    long PriceAtomic(VideoRequest? request);

    /// <summary>The price of an order in atomic units; that of its request where it is one request.</summary>
    long PriceAtomic(Order order) => PriceAtomic(order.Request);

    /// <summary>The price of the dearest request.</summary>
    long HighestPriceAtomic => PriceAtomic(request: null);

    /// <summary>What a request needs of a provider.</summary>
    /// <param name="request">The request; null for the default request.</param>
    RequestNeeds NeedsOf(VideoRequest? request);

    /// <summary>What this model's requests call a field.</summary>
    /// <param name="field">One field.</param>
    string NameOf(RequestFields field) => field switch
    {
        RequestFields.Image => ImageField,
        RequestFields.Steps => "num_inference_steps",
        RequestFields.Options => "fal_options",
        var same => Codes.Of(same),
    };

    /// <summary>Why nobody can order it while no account offers it; null for a sentence that says only that.</summary>
    string? WhyNotOffered => null;

    /// <summary>The request's field that has the image, for a model that takes one.</summary>
    string ImageField => "image_url";

    /// <summary>Checks a request, without network or storage.</summary>
    /// <param name="source">The body's bytes, in which an inline image stays.</param>
    /// <param name="body">The body, parsed.</param>
    Order Validate(ReadOnlyMemory<byte> source, JsonElement body);
}

/// <summary>A request after validation: either it can be carried out, or there are problems.</summary>
/// <param name="Request">The request with its defaults; null when there are problems.</param>
/// <param name="Image">The image as it was given; null when there are problems.</param>
/// <param name="Problems">Everything that is wrong.</param>
/// <param name="Warnings">What the buyer should know all the same.</param>
public sealed record Order(
    VideoRequest? Request, ImageSource? Image, IReadOnlyList<FieldProblem> Problems, IReadOnlyList<string> Warnings)
{
    /// <summary>The job whose video is there and is released by this order; null when a video is to be made.</summary>
    public string? Unlocks { get; init; }

    /// <summary>The videos of a batch, in the order of the request; null when one video is ordered.</summary>
    public IReadOnlyList<OrderItem>? Items { get; init; }

    /// <summary>How many videos are to be made.</summary>
    public int Videos => Items?.Count ?? 1;

    /// <summary>The images that came in the request, each with the id under which it is stored.</summary>
    /// <param name="jobId">The id of the order's job.</param>
    public IEnumerable<(string Id, ImageSource.Inline Image)> InlineImages(string jobId)
    {
        if (Image is ImageSource.Inline only) yield return (jobId, only);
        for (var i = 0; i < Items?.Count; i++)
        {
            if (Items[i].Image is ImageSource.Inline image) yield return (JobIdentity.Item(jobId, i), image);
        }
    }
}

/// <summary>One video of a batch that can be made.</summary>
public sealed record OrderItem(IVideoModel Model, VideoRequest Request, ImageSource? Image);
