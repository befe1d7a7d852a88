using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using OviFunctions.Payments.Evm;
using OviFunctions.Payments.X402;

namespace OviFunctions.Tests.EndToEnd.Support;

/// <summary>A job that was ordered, as its buyer knows it.</summary>
internal sealed record Ticket(string Id, string Token, string? WebhookSecret)
{
    public string Path => "/v1/videos/jobs/" + Id;

    public string ContentPath => Path + "/content";

    public (string Name, string Value) Bearer => ("Authorization", "Bearer " + Token);

    /// <summary>The job of a 202.</summary>
    public static Ticket Of(Answer answer)
    {
        Assert.True(answer.Status == 202, answer.ToString());
        return new Ticket(answer.Text("job.id")!, answer.Text("job_token")!, answer.Text("webhook_secret"));
    }
}

/// <summary>A gateway as its buyers see it: HTTP and nothing else.</summary>
internal sealed class Shop(Uri gateway) : IDisposable
{
    public const string JobsPath = "/v1/videos/ovi/image-to-video/jobs";

    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false })
    {
        BaseAddress = gateway,
        Timeout = TimeSpan.FromSeconds(90),
    };

    public async Task<Answer> SendAsync(
        HttpMethod method, string path, HttpContent? content = null, IEnumerable<(string Name, string Value)>? headers = null,
        CancellationToken cancellationToken = default)
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        foreach (var (name, value) in headers ?? []) request.Headers.TryAddWithoutValidation(name, value);
        using var response = await _http.SendAsync(request, cancellationToken);
        return await Answer.ReadAsync(response, cancellationToken);
    }

    public Task<Answer> GetAsync(string path, params IEnumerable<(string Name, string Value)> headers) =>
        SendAsync(HttpMethod.Get, path, headers: headers);

    /// <summary>Posts an order as it is.</summary>
    public Task<Answer> OrderAsync(string body, params IEnumerable<(string Name, string Value)> headers) =>
        OrderAsync(Encoding.UTF8.GetBytes(body), headers);

    /// <inheritdoc cref="OrderAsync(string, IEnumerable{ValueTuple{string, string}})"/>
    public async Task<Answer> OrderAsync(
        byte[] body, IEnumerable<(string Name, string Value)> headers, string path = JobsPath, CancellationToken cancellationToken = default)
    {
        using var content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
        return await SendAsync(HttpMethod.Post, path, content, headers, cancellationToken);
    }

    public async Task<Quote> QuoteAsync() => new(await OrderAsync(""));

    /// <summary>The header that pays: as a client of this version writes it, or with a change.</summary>
    public static (string Name, string Value) Pay(
        Quote quote, SignedAuthorization signed, X402Version version = X402Version.V2, Action<JsonObject>? change = null)
    {
        var payment = quote.Payment(version, signed);
        change?.Invoke(payment);
        return (X402Headers.PaymentOf(version), Convert.ToBase64String(Encoding.UTF8.GetBytes(payment.ToJsonString())));
    }

    public static (string Name, string Value)[] Key(string apiKey, string idempotencyKey) =>
        [("Authorization", "Bearer " + apiKey), ("Idempotency-Key", idempotencyKey)];

    /// <summary>The job as it is now.</summary>
    public async Task<JsonElement> JobAsync(Ticket ticket)
    {
        var answer = await GetAsync(ticket.Path, ticket.Bearer);
        Assert.True(answer.Status == 200, answer.ToString());
        return answer.Json.GetProperty("job");
    }

    /// <summary>The job at its end.</summary>
    public async Task<JsonElement> EndOfAsync(Ticket ticket)
    {
        var answer = await GetAsync(ticket.Path, ticket.Bearer, ("Prefer", "wait=60"));
        Assert.True(answer.Status == 200, answer.ToString());
        var job = answer.Json.GetProperty("job");
        Assert.True(job.Text("status") is "succeeded" or "failed" or "canceled", $"The job has not ended: {job}");
        return job;
    }

    public void Dispose() => _http.Dispose();
}
