using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using OviFunctions.DevStack.Installation;
using OviFunctions.DevStack.Parts;

namespace OviFunctions.DevStack.Demo;

/// <summary>A job that was bought.</summary>
/// <param name="JobUrl">Where its state is read.</param>
/// <param name="Token">The job's token, which its buyer alone has.</param>
/// <param name="Transaction">The settlement's transaction; null when it was not settled at the answer, or an API key paid.</param>
internal sealed record Order(string JobId, Uri JobUrl, string? Token, string? Transaction)
{
    private const string JobsPath = "/v1/videos/ovi/image-to-video/jobs";

    /// <summary>Where jobs are bought.</summary>
    public static Uri UrlOn(Uri gateway) => new(gateway, JobsPath);

    /// <summary>The demo's job: the sample picture and a prompt.</summary>
    public static string SampleBody()
    {
        var picture = File.ReadAllBytes(Path.Combine(RepositoryFolders.Root, "OviFunctions.DevStack", "Demo", "sample.jpg"));
        return JsonSerializer.Serialize(new
        {
            prompt = "A slow sunrise over quiet water. <AUDCAP>Gentle waves, distant birds.<ENDAUDCAP>",
            image_url = "data:image/jpeg;base64," + Convert.ToBase64String(picture),
            resolution = "992x512",
            negative_prompt = "jitter, bad hands, blur, distortion",
            audio_negative_prompt = "robotic, muffled, echo, distorted",
            num_inference_steps = 30,
        });
    }

    /// <summary>Buys the demo's job with the reference v2 client, which asks for the quote and pays it.</summary>
    /// <exception cref="StackException">The job was not accepted; says what the gateway answered.</exception>
    public static async Task<Order> BuyAsync(DeveloperStack stack, Uri gateway, CancellationToken cancellationToken)
    {
        var outcome = await Buyer.BuyAsync(stack.Host, stack.Chain!.Network, new Purchase(UrlOn(gateway), SampleBody()), cancellationToken);
        return outcome is { Status: 202, Body: { } job }
            ? Read(gateway, job, outcome.Receipt?.GetProperty("transaction").GetString())
            : throw new StackException($"The job was not accepted: {outcome.Error ?? $"{outcome.Status} {outcome.Body}"}");
    }

    /// <summary>Buys the demo's job with an API key.</summary>
    /// <exception cref="StackException">The job was not accepted; says what the gateway answered.</exception>
    public static async Task<Order> BuyWithKeyAsync(Uri gateway, string apiKey, CancellationToken cancellationToken)
    {
        var headers = new Dictionary<string, string>
        {
            ["Authorization"] = $"Bearer {apiKey}",
            ["Idempotency-Key"] = RandomNumberGenerator.GetHexString(32, lowercase: true),
        };
        return await PostAsync(gateway, SampleBody(), headers, cancellationToken);
    }

    /// <summary>Sends a request for a job as it is.</summary>
    /// <exception cref="StackException">The job was not accepted; says what the gateway answered.</exception>
    /// <exception cref="HttpRequestException">The gateway did not answer.</exception>
    public static async Task<Order> PostAsync(Uri gateway, string body, IReadOnlyDictionary<string, string> headers, CancellationToken cancellationToken)
    {
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        using var request = new HttpRequestMessage(HttpMethod.Post, UrlOn(gateway)) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        foreach (var (name, value) in headers) request.Headers.Add(name, value);
        using var response = await http.SendAsync(request, cancellationToken);
        var answer = await response.Content.ReadAsStringAsync(cancellationToken);
        return response.StatusCode == HttpStatusCode.Accepted
            ? Read(gateway, JsonElement.Parse(answer), transaction: null)
            : throw new StackException($"The job was not accepted: {(int)response.StatusCode} {answer}");
    }

    /// <summary>The order in a 202 answer.</summary>
    private static Order Read(Uri gateway, JsonElement job, string? transaction)
    {
        var id = job.GetProperty("id").GetString()!;
        return new Order(id, new Uri(gateway, $"{JobsPath}/{id}"), job.TryGetProperty("token", out var token) ? token.GetString() : null, transaction);
    }
}
