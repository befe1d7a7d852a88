using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Net.Http.Headers;
using OviFunctions.Activities;
using OviFunctions.Http;
using OviFunctions.Jobs;
using OviFunctions.Media;
using OviFunctions.Secrets;
using OviFunctions.Storage;

namespace OviFunctions.Functions;

/// <summary>The files of a job: the finished video for the buyer, the image for the providers.</summary>
public sealed class MediaFunctions(
    JobAccess access, JobSecrets secrets, IRecordStore records, VideoStore videos, ImageIntake images, TimeProvider clock)
{
    /// <summary>
    /// <c>GET /v1/videos/jobs/{id}/content</c>: the MP4, or with <c>?asset=</c> another file of the job, with Range and ETag; by job token, API
    /// key or a link of that file. The files of a batch are served under the ids of its items, by the batch's token.
    /// The recorded outcome decides: only a delivered video is served.
    /// </summary>
    [Function("GetContent")]
    public async Task<IResult> ContentAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "v1/videos/jobs/{id}/content")] HttpRequest request,
        string id, CancellationToken cancellationToken)
    {
        CrossOrigin.Allow(request.HttpContext.Response);
        var asset = (string?)request.Query["asset"] ?? AssetIds.Video;
        var isItem = JobIdentity.IsItemId(id);
        if (!(AssetIds.All.Contains(asset) && IsLink(request, id, asset)) && !access.MayRead(request, isItem ? JobIdentity.BatchOf(id) : id)) return JobAccess.NotFound.ToResult();
        var outcome = await records.ReadAsync<OutcomeRecord>(isItem ? RecordNames.ItemOutcome(id) : RecordNames.Outcome(id), cancellationToken);
        if (outcome?.Value is not { Outcome: JobOutcome.Delivered, Video: { } video }) return NoVideo.ToResult();
        return asset switch
        {
            AssetIds.Video => await VideoAsync(video.File, $"{id}.mp4"),
            AssetIds.Original when video.Original is { } original => await VideoAsync(original, $"{id}-original.mp4"),
            AssetIds.Poster when video.Poster is { } poster && await images.OpenReadAsync(poster.Blob, cancellationToken) is { } picture =>
                Serve(picture.Content, picture.Image.MediaType, $"{id}.jpg", picture.LastModified, picture.ETag),
            _ => NoAsset.ToResult(),
        };

        async Task<IResult> VideoAsync(StoredVideo file, string name) => await videos.OpenReadAsync(file.Blob, cancellationToken) is { } content
            ? Serve(content.Content, "video/mp4", name, content.LastModified, content.ETag)
            : NoVideo.ToResult();

        IResult Serve(Stream content, string mediaType, string name, DateTimeOffset lastModified, string tag)
        {
            var headers = request.HttpContext.Response.Headers;
            headers.CacheControl = "private, max-age=3600";
            headers.ContentDisposition = $"inline; filename=\"{name}\"";
            headers.XContentTypeOptions = "nosniff";
            return Results.Stream(content, mediaType, fileDownloadName: null, lastModified, EntityTagHeaderValue.Parse(tag), enableRangeProcessing: true);
        }
    }

    /// <summary><c>GET /v1/images/{id}</c>: the job's image, brought to the asked size if it was, by a short-lived link that only the providers get.</summary>
    [Function("GetImage")]
    public async Task<IResult> ImageAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "v1/images/{id}")] HttpRequest request,
        string id, CancellationToken cancellationToken)
    {
        if (!(JobIdentity.IsJobId(id) || JobIdentity.IsItemId(id)) || !IsLink(request, id, "image")) return Results.NotFound();
        if (await images.OpenForProviderAsync(id, cancellationToken) is not { } image) return Results.NotFound();
        request.HttpContext.Response.Headers.CacheControl = "private, no-store";
        request.HttpContext.Response.Headers.XContentTypeOptions = "nosniff";
        return Results.Stream(image.Content, image.Image.MediaType);
    }

    private static Problem NoVideo { get; } = new(404, "no_video", "There is no video (yet).",
        "The job has not delivered a video. Its status says why: GET /v1/videos/jobs/{id}. A batch's videos have links of their own, in its items.") { RetryAction = RetryAction.Poll };

    private static Problem NoAsset { get; } = new(404, "no_asset", "The job has no such file.",
        "The job's assets name its files: GET /v1/videos/jobs/{id}.") { RetryAction = RetryAction.Abandon };

    private bool IsLink(HttpRequest request, string jobId, string what) =>
        secrets.IsLink(request.Query["e"], request.Query["k"], request.Query["s"], jobId, what, clock.GetUtcNow());
}
