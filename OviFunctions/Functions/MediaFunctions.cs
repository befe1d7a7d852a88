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
    /// <c>GET /v1/videos/jobs/{id}/content</c>: the MP4, with Range and ETag; by job token, API key or a link of the job. The videos of
    /// a batch are served under the ids of its items, by the batch's token.
    /// The recorded outcome decides: only a delivered video is served.
    /// </summary>
    [Function("GetContent")]
    public async Task<IResult> ContentAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "v1/videos/jobs/{id}/content")] HttpRequest request,
        string id, CancellationToken cancellationToken)
    {
        CrossOrigin.Allow(request.HttpContext.Response);
        var isItem = JobIdentity.IsItemId(id);
        if (!IsLink(request, id, "video") && !access.MayRead(request, isItem ? JobIdentity.BatchOf(id) : id)) return JobAccess.NotFound.ToResult();
        var outcome = await records.ReadAsync<OutcomeRecord>(isItem ? RecordNames.ItemOutcome(id) : RecordNames.Outcome(id), cancellationToken);
        if (outcome?.Value is not { Outcome: JobOutcome.Delivered, Video: { } video }) return NoVideo.ToResult();
        if (await videos.OpenReadAsync(video.File.Blob, cancellationToken) is not { } content) return NoVideo.ToResult();

        var headers = request.HttpContext.Response.Headers;
        headers.CacheControl = "private, max-age=3600";
        headers.ContentDisposition = $"inline; filename=\"{id}.mp4\"";
        headers.XContentTypeOptions = "nosniff";
        return Results.Stream(content.Content, "video/mp4", fileDownloadName: null, content.LastModified,
            EntityTagHeaderValue.Parse(content.ETag), enableRangeProcessing: true);
    }

    /// <summary><c>GET /v1/images/{id}</c>: the job's image, by a short-lived link that only the providers get.</summary>
    [Function("GetImage")]
    public async Task<IResult> ImageAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "v1/images/{id}")] HttpRequest request,
        string id, CancellationToken cancellationToken)
    {
        if (!(JobIdentity.IsJobId(id) || JobIdentity.IsItemId(id)) || !IsLink(request, id, "image")) return Results.NotFound();
        if (await images.OpenReadAsync(JobIds.ImageBlob(id), cancellationToken) is not { } image) return Results.NotFound();
        request.HttpContext.Response.Headers.CacheControl = "private, no-store";
        request.HttpContext.Response.Headers.XContentTypeOptions = "nosniff";
        return Results.Stream(image.Content, image.Image.MediaType);
    }

    private static Problem NoVideo { get; } = new(404, "no_video", "There is no video (yet).",
        "The job has not delivered a video. Its status says why: GET /v1/videos/jobs/{id}. A batch's videos have links of their own, in its items.") { RetryAction = RetryAction.Poll };

    private bool IsLink(HttpRequest request, string jobId, string what) =>
        secrets.IsLink(request.Query["e"], request.Query["k"], request.Query["s"], jobId, what, clock.GetUtcNow());
}
