using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json;

namespace OviFunctions.DevStack.Demo;

/// <summary>A video as it was downloaded.</summary>
internal sealed record DownloadedVideo(string File, long Bytes, string Sha256);

/// <summary>Reads a job as its buyer does.</summary>
internal sealed class JobReader(TimeProvider time) : IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);
    private static readonly HashSet<string> Ends = ["succeeded", "failed", "canceled"];

    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false });

    /// <summary>Whether a job with this status has ended.</summary>
    public static bool IsEnd(string status) => Ends.Contains(status);

    /// <summary>Reads until the job has ended, showing each reading; gives the job as the gateway shows it.</summary>
    public Task<JsonElement> WaitForEndAsync(Order order, Action<JsonElement> onRead, CancellationToken cancellationToken) =>
        WaitAsync(order, job => IsEnd(job.GetProperty("status").GetString()!), onRead, cancellationToken);

    /// <summary>Reads until the job's money is back with its buyer.</summary>
    public Task<JsonElement> WaitForRefundAsync(Order order, Action<JsonElement> onRead, CancellationToken cancellationToken) =>
        WaitAsync(order, job => job.GetProperty("payment").GetProperty("state").GetString() == "refunded", onRead, cancellationToken);

    private async Task<JsonElement> WaitAsync(
        Order order, Func<JsonElement, bool> until, Action<JsonElement> onRead, CancellationToken cancellationToken)
    {
        while (true)
        {
            using var response = await GetAsync(order, order.JobUrl, cancellationToken);
            var job = (await response.Content.ReadFromJsonAsync<JsonElement>(cancellationToken)).GetProperty("job");
            onRead(job);
            if (until(job)) return job;
            await Task.Delay(Pause, time, cancellationToken);
        }
    }

    /// <summary>Downloads the video to <c>FOLDER/JOB.mp4</c>.</summary>
    public async Task<DownloadedVideo> DownloadAsync(Order order, string folder, CancellationToken cancellationToken)
    {
        var file = Path.Combine(Directory.CreateDirectory(folder).FullName, order.JobId + ".mp4");
        using var response = await GetAsync(order, new Uri(order.JobUrl + "/content"), cancellationToken);
        await using var output = File.Create(file);
        await response.Content.CopyToAsync(output, cancellationToken);
        output.Position = 0;
        var hash = await SHA256.HashDataAsync(output, cancellationToken);
        return new DownloadedVideo(file, output.Length, Convert.ToHexStringLower(hash));
    }

    public void Dispose() => _http.Dispose();

    private async Task<HttpResponseMessage> GetAsync(Order order, Uri url, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, url);
        if (order.Token is { } token) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        if (response.IsSuccessStatusCode) return response;
        var text = await response.Content.ReadAsStringAsync(cancellationToken);
        response.Dispose();
        throw new StackException($"GET {url} answered {(int)response.StatusCode}: {text}");
    }
}
