using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using OviFunctions.DevStack.Installation;
using OviFunctions.DevStack.Parts;

namespace OviFunctions.DevStack.Demo;

/// <summary>A job that was bought.</summary>
/// <param name="JobUrl">Where its state is read.</param>
/// <param name="Token">The job's token, which its buyer alone has.</param>
/// <param name="WebhookSecret">Signs the job's webhooks; in the first answer only.</param>
internal sealed record Order(string JobId, Uri JobUrl, string? Token, string? WebhookSecret)
{
    /// <summary>Where jobs are bought.</summary>
    public const string JobsPath = "/v1/videos/ovi/image-to-video/jobs";

    public static Uri UrlOn(Uri gateway) => new(gateway, JobsPath);

    /// <summary>The demo's job: the sample picture and a prompt.</summary>
    public static string SampleBody(Uri webhook)
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
            webhook_url = webhook,
        });
    }

    /// <summary>Buys the demo's job with the reference v2 client, which asks for the quote and pays it.</summary>
    /// <param name="onExchange">Sees the quote and the answer to the payment as they come.</param>
    /// <exception cref="StackException">The job was not accepted; says what the gateway answered.</exception>
    public static async Task<Order> BuyAsync(
        DeveloperStack stack, Uri gateway, Action<BuyerExchange> onExchange, CancellationToken cancellationToken)
    {
        var purchase = new Purchase(UrlOn(gateway), SampleBody(stack.Receiver.Url)) { OnExchange = onExchange };
        var outcome = await Buyer.BuyAsync(stack.Host, stack.Chain!.Network, purchase, cancellationToken);
        return outcome is { Status: 202, Body: { } job }
            ? Read(gateway, job)
            : throw new StackException($"The job was not accepted: {outcome.Error ?? $"{outcome.Status} {Reason(outcome.Body)}"}");
    }

    /// <summary>Buys the demo's job with an API key.</summary>
    /// <exception cref="StackException">The job was not accepted; says what the gateway answered.</exception>
    public static async Task<Order> BuyWithKeyAsync(DeveloperStack stack, Uri gateway, string apiKey, CancellationToken cancellationToken)
    {
        var headers = new Dictionary<string, string>
        {
            ["Authorization"] = $"Bearer {apiKey}",
            ["Idempotency-Key"] = RandomNumberGenerator.GetHexString(32, lowercase: true),
        };
        return await PostAsync(gateway, SampleBody(stack.Receiver.Url), headers, cancellationToken);
    }

    /// <summary>Sends a request for a job as it is.</summary>
    /// <exception cref="StackException">The job was not accepted; says what the gateway answered.</exception>
    /// <exception cref="HttpRequestException">The gateway did not answer.</exception>
    public static async Task<Order> PostAsync(
        Uri gateway, string body, IReadOnlyDictionary<string, string> headers, CancellationToken cancellationToken)
    {
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        using var request = new HttpRequestMessage(HttpMethod.Post, UrlOn(gateway));
        request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        foreach (var (name, value) in headers) request.Headers.Add(name, value);
        using var response = await http.SendAsync(request, cancellationToken);
        var answer = await response.Content.ReadFromJsonAsync<JsonElement>(cancellationToken);
        return response.StatusCode == HttpStatusCode.Accepted
            ? Read(gateway, answer)
            : throw new StackException($"The job was not accepted: {(int)response.StatusCode} {Reason(answer)}");
    }

    /// <summary>What a problem's answer says; the rest of it is the quote.</summary>
    public static string? Reason(JsonElement? answer) =>
        answer is { ValueKind: JsonValueKind.Object } body && body.TryGetProperty("detail", out var detail) ? detail.GetString() : answer?.ToString();

    /// <summary>The order in a 202 answer.</summary>
    private static Order Read(Uri gateway, JsonElement job)
    {
        var id = job.GetProperty("job").GetProperty("id").GetString()!;
        return new Order(id, new Uri(gateway, $"/v1/videos/jobs/{id}"), Text("job_token"), Text("webhook_secret"));

        string? Text(string name) => job.TryGetProperty(name, out var value) ? value.GetString() : null;
    }
}
